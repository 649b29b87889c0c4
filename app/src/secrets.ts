import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** A database role and its password. */
export interface Credential {
  readonly username: string;
  readonly password: string;
}

/** Fetches the current value of a secret. */
export type ReadCredential = (secretArn: string) => Promise<Credential>;

/**
 * What one try to reach Secrets Manager may take, in milliseconds, and how many there are: together they leave time of
 * the 5 s that a database connection has to open, which the credential is a part of.
 */
const TIMEOUTS = { connectionTimeout: 1000, requestTimeout: 1500, throwOnRequestTimeout: true };
const TRIES = 2;

/**
 * Reads database credentials from Secrets Manager with the pod's own role, or from a JSON file when the ARN is a
 * `file:` URL. Nothing is kept: rotation needs no restart.
 */
export function credentialReader(region: string): ReadCredential {
  const client = new SecretsManagerClient({ region, maxAttempts: TRIES, requestHandler: TIMEOUTS });
  return async (secretArn) => {
    if (secretArn.startsWith("file:")) return credential(await readFile(fileURLToPath(secretArn), "utf8"), secretArn);
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    return credential(SecretString ?? "", secretArn);
  };
}

/** @throws Error that names the secret, and nothing that is in it. */
export function credential(json: string, secretArn: string): Credential {
  const { username, password } = parsed(json, secretArn);
  if (typeof username !== "string" || typeof password !== "string") {
    throw new Error(`secret ${secretArn} has no username and password`);
  }
  return { username, password };
}

function parsed(json: string, secretArn: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(json));
  } catch {
    // The parser's own message quotes the text.
    throw new Error(`secret ${secretArn} is not JSON`);
  }
}
