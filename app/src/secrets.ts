import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** A database role and its password. */
export interface Credential {
  readonly username: string;
  readonly password: string;
}

/** Fetches the current value of a secret. */
export type ReadCredential = (secretArn: string) => Promise<Credential>;

/** Reads database credentials from Secrets Manager with the pod's own role. Nothing is kept: rotation needs no restart. */
export function secretsManager(region: string): ReadCredential {
  const client = new SecretsManagerClient({ region });
  return async (secretArn) => {
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
