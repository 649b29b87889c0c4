import { Sha256 } from "@aws-crypto/sha256-js";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { SignatureV4 } from "@smithy/signature-v4";
import type { ServerConfig } from "../config.ts";
import type { Logger } from "./logger.ts";
import type { SessionOptions } from "./session.ts";

/** ElastiCache takes no token that is valid for longer (ElastiCache User Guide, "Authenticating with IAM"). */
const TOKEN_SECONDS = 900;

/** Whom a token is for. */
export interface TokenRequest {
  readonly region: string;
  readonly user: string;
  readonly replicationGroupId: string;
}

/** Where a session's AWS credentials come from. */
export type AwsCredentials = ConstructorParameters<typeof SignatureV4>[0]["credentials"];

/**
 * Makes passwords of a user that logs in with IAM: a request to connect to the replication group, signed with AWS
 * Signature Version 4 in its query, without the scheme.
 */
export function tokenSigner(
  request: TokenRequest,
  credentials: AwsCredentials = defaultProvider(),
): () => Promise<string> {
  const { region, user, replicationGroupId } = request;
  const signer = new SignatureV4({ service: "elasticache", region, credentials, sha256: Sha256 });
  return async () => {
    const { query = {} } = await signer.presign(
      {
        method: "GET",
        protocol: "https:",
        hostname: replicationGroupId,
        path: "/",
        query: { Action: "connect", User: user },
        headers: { host: replicationGroupId },
      },
      { expiresIn: TOKEN_SECONDS },
    );
    const parameters = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
    return `${replicationGroupId}/?${parameters.join("&")}`;
  };
}

/** How the service connects: to ElastiCache over TLS with a new token for each login, or to a cache on this machine. */
export function redisOptions(
  config: Pick<ServerConfig, "AWS_REGION" | "CACHE_HOST" | "CACHE_PORT" | "CACHE_USER" | "CACHE_REPLICATION_GROUP_ID">,
  logger: Logger,
): SessionOptions {
  const { AWS_REGION, CACHE_HOST, CACHE_PORT, CACHE_USER, CACHE_REPLICATION_GROUP_ID } = config;
  const place = { host: CACHE_HOST, port: CACHE_PORT, logger };
  if (CACHE_USER === undefined || CACHE_REPLICATION_GROUP_ID === undefined) return { ...place, tls: false };
  const sign = tokenSigner({
    region: AWS_REGION,
    user: CACHE_USER,
    replicationGroupId: CACHE_REPLICATION_GROUP_ID,
  });
  return { ...place, tls: true, login: async () => ({ username: CACHE_USER, password: await sign() }) };
}
