import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import type { Credential } from "../../src/secrets.ts";

/** A stand-in for Secrets Manager that knows some secrets; what it answers can be changed while it runs. */
export async function startSecretsManager(secrets: Record<string, Credential>) {
  const server = createServer(async (request, response) => {
    const { SecretId } = JSON.parse(await text(request));
    const secret = secrets[SecretId];
    response.writeHead(secret === undefined ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
    response.end(
      JSON.stringify(
        secret === undefined
          ? { __type: "ResourceNotFoundException", message: `no secret ${SecretId}` }
          : { ARN: SecretId, SecretString: JSON.stringify(secret) },
      ),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    /** Variables that lead the AWS SDK here. */
    environment: {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${address.port}`,
    },
    stop: () => server.close().closeAllConnections(),
  };
}
