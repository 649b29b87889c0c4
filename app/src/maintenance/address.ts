import { analysisConfig, maintenanceConfig } from "../config.ts";
import { type Credential, credentialReader } from "../secrets.ts";
import type { MaintenanceCommand } from "./command.ts";
import { Refusal } from "./exit.ts";
import { passwordOfFile } from "./password-file.ts";

/** Whether a connection is encrypted, and whether the server has to prove who it is. */
export type Encryption = "off" | "unverified" | "verified";

/** Where a database is, and who logs in to it. */
export interface Address {
  /** A name, an IP address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** None: the server may ask for none. */
  readonly password?: string;
  readonly encryption: Encryption;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORT = 5432;

const FORM = "postgresql://ROLE@HOST:PORT/DATABASE, and perhaps ?sslmode=disable, require or verify-full";

const ENCRYPTION: Readonly<Record<string, Encryption>> = {
  disable: "off",
  require: "unverified",
  "verify-full": "verified",
};

/**
 * Where a command is to work: at its URL, or where the environment of the pod says, as the role that reads or the one
 * that maintains.
 *
 * @throws Refusal that repeats nothing of the URL but its host; ConfigError
 */
export async function addressOf(
  { command, url }: Exclude<MaintenanceCommand, { command: "help" }>,
  environment: Environment,
): Promise<Address> {
  if (url !== undefined) return addressOfUrl(url, environment);
  if (environment.DATABASE_INSTANCE_HOST === undefined) throw new Refusal(`--url is missing: ${FORM}`);
  const config = command === "optimize" ? maintenanceConfig(environment) : analysisConfig(environment);
  const secretArn =
    "DATABASE_READONLY_SECRET_ARN" in config
      ? config.DATABASE_READONLY_SECRET_ARN
      : config.DATABASE_MAINTENANCE_SECRET_ARN;
  const { username, password } = await credentialOf(config.AWS_REGION, secretArn);
  return {
    host: config.DATABASE_INSTANCE_HOST,
    port: config.DATABASE_PORT,
    database: config.DATABASE_NAME,
    user: username,
    password,
    encryption: config.DATABASE_TLS === "on" ? "verified" : "off",
  };
}

async function credentialOf(region: string, secretArn: string): Promise<Credential> {
  try {
    return await credentialReader(region)(secretArn);
  } catch (error) {
    throw new Refusal(`the role's secret cannot be read: ${(error as Error).message}`);
  }
}

function addressOfUrl(text: string, environment: Environment): Address {
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) throw new Refusal(`--url is not of the form ${FORM}`);
  // A password's own / ends the host, and what follows it would be told as the database's name.
  if (url.pathname.includes("@")) throw new Refusal("--url has an @ behind its host: write / in a password as %2F");
  const host = decoded(url.hostname).replace(/^\[(.*)\]$/, "$1");
  const user = decoded(url.username) || environment.PGUSER;
  const database = decoded(url.pathname.slice(1)) || environment.PGDATABASE;
  if (host === "" || !user || !database) throw new Refusal(`--url lacks host, role or database: ${FORM}`);
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  const password =
    decoded(url.password) || environment.PGPASSWORD || passwordOfFile({ host, port, database, user }, environment);
  return {
    host,
    port,
    database,
    user,
    ...(password && { password }),
    encryption: encryptionOf(url.searchParams, host),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // The error quotes the text, which may be the password.
    throw new Refusal("--url has a % that begins no character: write % itself as %25");
  }
}

/** Whether a host is this machine: by its loopback interface, or by a socket in its file system. */
const isLocal = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d+){3}$/.test(host) || host.startsWith("/");

/** What does not leave this machine may go unencrypted, or, where a tunnel begins here, without the server's proof. */
function encryptionOf(parameters: URLSearchParams, host: string): Encryption {
  const other = [...parameters.keys()].find((name) => name !== "sslmode");
  if (other !== undefined) throw new Refusal("--url has another parameter than sslmode, which is the only one");
  const mode = parameters.get("sslmode") ?? (isLocal(host) ? "disable" : "verify-full");
  const encryption = ENCRYPTION[mode];
  if (encryption === undefined) throw new Refusal(`sslmode is one of ${Object.keys(ENCRYPTION).join(", ")}`);
  if (encryption !== "verified" && !isLocal(host)) {
    throw new Refusal(`sslmode=${mode} is for this machine alone: ${host} has to prove who it is (verify-full)`);
  }
  return encryption;
}
