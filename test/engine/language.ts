import { type ChildProcess, spawn } from "node:child_process";
import type * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import {
  GetRequiredPackagesResponse,
  LanguageHandshakeResponse,
  type RunRequest,
  RunResponse,
} from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { type Service, serve, unary } from "./rpc";

/** The exit code with which the SDK says that it has already shown the error to the user. */
const ERROR_ALREADY_SHOWN = 32;

/**
 * Stands in for `pulumi-language-nodejs`, which Pulumi releases as a binary only, not as a Go module. Like the
 * real one it starts the SDK's own `cmd/run` in a process of its own, with TypeScript on: the program is found, compiled
 * and run the way `pulumi up` does it. Unlike the real one it requires no plugins, so that the engine downloads none.
 *
 * @param typeCheck whether the program's types are checked before it runs
 */
export async function serveLanguage(typeCheck: boolean): Promise<Service> {
  let engineAddress = "";
  const running = new Set<ChildProcess>();

  const run = (request: RunRequest): Promise<RunResponse> => {
    const info = request.getInfo();
    if (info === undefined) throw new Error("the engine sent no program to run");
    const programDirectory = info.getProgramDirectory();
    const flags = {
      monitor: request.getMonitorAddress(),
      engine: engineAddress,
      organization: request.getOrganization(),
      project: request.getProject(),
      "root-directory": info.getRootDirectory(),
      stack: request.getStack(),
      pwd: programDirectory,
      parallel: String(request.getParallel()),
    };
    const child = spawn(
      process.execPath,
      [
        require.resolve("@pulumi/pulumi/cmd/run", { paths: [programDirectory] }),
        ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]),
        ...(request.getDryrun() ? ["--dry-run"] : []),
        info.getEntryPoint(),
      ],
      {
        stdio: ["ignore", "ignore", "pipe"],
        env: {
          ...process.env,
          PULUMI_NODEJS_TYPESCRIPT: "true",
          PULUMI_NODEJS_TRANSPILE_ONLY: String(!typeCheck),
          PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toArray())),
          PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        },
      },
    );
    running.add(child);
    // What the program says it tells the engine. Only where it could not, this says why.
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        running.delete(child);
        const response = new RunResponse();
        if (code === ERROR_ALREADY_SHOWN) response.setBail(true);
        else if (code !== 0) response.setError(`the program ended with exit code ${code}: ${stderr}`);
        resolve(response);
      });
    });
  };

  const implementation: grpc.UntypedServiceImplementation = {
    handshake: unary((request: { getEngineAddress(): string }) => {
      engineAddress = request.getEngineAddress();
      return new LanguageHandshakeResponse();
    }),
    getPluginInfo: unary(() => new PluginInfo()),
    getRequiredPackages: unary(() => new GetRequiredPackagesResponse()),
    run: unary(run),
  };
  const service = await serve(LanguageRuntimeService, implementation);
  return {
    port: service.port,
    close: () => {
      for (const child of running) child.kill();
      service.close();
    },
  };
}
