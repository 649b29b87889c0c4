import * as grpc from "@grpc/grpc-js";

/** A running gRPC server of this process. */
export interface Service {
  /** The port on the loopback interface. */
  readonly port: number;
  /** Stops the server and drops its connections. */
  close(): void;
}

/** A gRPC method of one request and one response; what it throws becomes the call's error. */
export const unary =
  <Request, Response>(method: (request: Request) => Response | Promise<Response>) =>
  (call: grpc.ServerUnaryCall<Request, Response>, callback: grpc.sendUnaryData<Response>): void => {
    Promise.resolve(call.request)
      .then(method)
      .then(
        (response) => callback(null, response),
        (error: unknown) =>
          callback({ code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) }),
      );
  };

/** Serves an implementation on a free port; methods that it lacks answer "unimplemented". */
export async function serve(
  definition: grpc.ServiceDefinition,
  implementation: grpc.UntypedServiceImplementation,
): Promise<Service> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(definition, implementation);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, close: () => server.forceShutdown() };
}
