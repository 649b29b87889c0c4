import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { SERVICE } from "../../sizing/service";
import { DATABASE_PORT } from "./access";

/** Letters and digits only: RDS refuses `/`, `@`, `"` and space, and a generated value never needs quoting. */
const PASSWORD_LENGTH = 40;

/** Version of the first value. Rotation makes all later ones, so it never changes. */
const FIRST_VERSION = 1;

/**
 * PostgreSQL roles with a password of their own. The `owner` is the master user, owns the schema and runs migrations, which
 * create the others with the passwords of their secrets: `app` reads and writes rows, `readonly` looks into the database,
 * `maintenance` vacuums, refreshes and reindexes it.
 */
export type DatabaseRole = "owner" | "app" | "readonly" | "maintenance";

/** Name of a role inside PostgreSQL. */
export const roleName = (role: DatabaseRole): string => `${SERVICE.databaseName}_${role}`;

/** A role's first password and the secret that holds its current one. */
export interface Credential {
  readonly role: DatabaseRole;
  readonly password: random.RandomPassword;
  readonly secret: aws.secretsmanager.Secret;
}

/** A generated password and an empty secret, made before the instance that needs the password. */
export function credential(
  name: string,
  role: DatabaseRole,
  args: { readonly keyArn: pulumi.Input<string>; readonly protect: boolean },
  opts: pulumi.CustomResourceOptions,
): Credential {
  return {
    role,
    password: new random.RandomPassword(`${name}-${role}`, { length: PASSWORD_LENGTH, special: false }, opts),
    secret: new aws.secretsmanager.Secret(
      `${name}-${role}`,
      { description: `PostgreSQL role ${roleName(role)}`, kmsKeyId: args.keyArn },
      { ...opts, protect: args.protect },
    ),
  };
}

/**
 * The secret's first value, in the form that Secrets Manager's rotation functions and RDS Proxy read. It is write-only
 * and ignored afterwards: the values that rotation makes are never compared with it, so never undone by it.
 */
export function firstValue(
  name: string,
  credential: Credential,
  host: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): aws.secretsmanager.SecretVersion {
  const value = pulumi.jsonStringify({
    engine: "postgres",
    host,
    port: DATABASE_PORT,
    dbname: SERVICE.databaseName,
    username: roleName(credential.role),
    password: credential.password.result,
  });
  return new aws.secretsmanager.SecretVersion(
    `${name}-${credential.role}`,
    {
      secretId: credential.secret.id,
      secretStringWo: pulumi.secret(value),
      secretStringWoVersion: FIRST_VERSION,
    },
    { ...opts, ignoreChanges: ["secretStringWo", "secretStringWoVersion", "versionStages"] },
  );
}

/** The master password as the writer takes it: write-only, because rotation changes it in PostgreSQL itself. */
export const masterPassword = (credential: Credential) => ({
  passwordWo: credential.password.result,
  passwordWoVersion: FIRST_VERSION,
});
