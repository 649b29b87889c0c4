import {
  attributes,
  bytes,
  type Kind,
  list,
  oneOf,
  optional,
  port,
  rate,
  seconds,
  secret,
  share,
  text,
  url,
  whole,
} from "./config-kinds.ts";

/** Environment variables that are missing or wrong, all of them at once. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the environment is wrong:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** Where the database is. */
const addressKinds = {
  AWS_REGION: text,
  DATABASE_NAME: text,
  DATABASE_PORT: port,
  /** Verified TLS. `off` is for a database on this machine alone. */
  DATABASE_TLS: oneOf("on", "off"),
};

const databaseKinds = {
  ...addressKinds,
  /** ARN of a secret, or the `file:` URL of a JSON file with the same content. */
  DATABASE_SECRET_ARN: text,
};

/** What writes with the service's own role. */
const writerKinds = {
  ...databaseKinds,
  DATABASE_WRITER_HOST: text,
};

const serverKinds = {
  ...writerKinds,
  LOG_LEVEL: oneOf("debug", "info", "warn", "error"),

  PORT: port,
  METRICS_PORT: port,
  WORKERS: whole(1, 64),
  /** Requests in flight that one worker takes on before it answers 503. */
  WORKER_CONNECTIONS: whole(1, 100_000),
  /** Names under which the API is asked for; `*.` before one stands for all its subdomains. */
  ALLOWED_HOSTS: list,
  /** Origins whose pages may call the API. */
  CORS_ORIGINS: list,
  /** Proxies between client and service, whose X-Forwarded-For is believed. */
  TRUSTED_PROXIES: whole(0, 8),
  MAX_HEADER_BYTES: whole(1024, 1_048_576),
  MAX_BODY_BYTES: bytes,
  KEEP_ALIVE_REQUESTS: whole(1, 1_000_000),
  GZIP_MIN_BYTES: whole(0, 1_048_576),
  GZIP_LEVEL: whole(1, 9),
  RATE_REQUESTS_PER_SECOND: rate,
  RATE_BURST: rate,
  AUTH_RATE_REQUESTS_PER_SECOND: rate,
  AUTH_RATE_BURST: rate,

  /** None: the writer is read from. */
  DATABASE_READER_HOSTS: list,
  DATABASE_WRITER_POOL_MAX: whole(1, 1000),
  DATABASE_READER_POOL_MAX: whole(1, 1000),
  DATABASE_POOL_IDLE_SECONDS: seconds,

  CACHE_HOST: text,
  CACHE_PORT: port,
  /** The user that logs in with an IAM token over TLS. None: a cache on this machine, with neither. */
  CACHE_USER: optional(text),
  CACHE_REPLICATION_GROUP_ID: optional(text),
  /** How long an answer stays in the cache. */
  API_CACHE_SECONDS: seconds,

  /** Folder, or `s3://bucket/prefix`, that the models' files lie in. */
  MODELS_LOCATION: text,
  /** Memory that loaded models may fill in one worker. */
  MODELS_MEMORY_BYTES: bytes,

  STATEMENT_TIMEOUT_SECONDS: seconds,
  REQUEST_TIMEOUT_SECONDS: seconds,
  KEEP_ALIVE_TIMEOUT_SECONDS: seconds,
  HEADERS_TIMEOUT_SECONDS: seconds,
  SHUTDOWN_TIMEOUT_SECONDS: seconds,

  /** Where alerts go beside the log. */
  ALERT_WEBHOOK_URL: optional(secret(url)),
  ALERT_TOPIC_ARN: optional(text),
  /** Where traces go. None: no traces. */
  OTEL_EXPORTER_OTLP_ENDPOINT: optional(url),
  /** Requests that are traced where their caller has not decided. */
  OTEL_TRACES_SAMPLER_ARG: optional(share),
  /** Where the metrics of Application Signals go, the whole URL. None: no such metrics. */
  OTEL_AWS_APPLICATION_SIGNALS_EXPORTER_ENDPOINT: optional(url),
  /** Where the process runs, for its traces and metrics. */
  OTEL_RESOURCE_ATTRIBUTES: { ...attributes, absent: { value: {} } },
};

const migrationKinds = {
  ...databaseKinds,
  /** The writer itself: a proxy keeps neither a session's lock nor its settings. */
  DATABASE_INSTANCE_HOST: text,
  DATABASE_OWNER_SECRET_ARN: text,
  /** Of the roles that the database tool logs in as. None: the role is not made. */
  DATABASE_READONLY_SECRET_ARN: optional(text),
  DATABASE_MAINTENANCE_SECRET_ARN: optional(text),
};

/** What the database tool only reads with. */
const analysisKinds = {
  ...addressKinds,
  /** The writer or a replica: the instance that is looked at. */
  DATABASE_INSTANCE_HOST: text,
  DATABASE_READONLY_SECRET_ARN: text,
};

/** What it changes the database with. */
const maintenanceKinds = {
  ...addressKinds,
  DATABASE_INSTANCE_HOST: text,
  DATABASE_MAINTENANCE_SECRET_ARN: text,
};

type Kinds = Readonly<
  Record<string, Kind<string | number | readonly string[] | Readonly<Record<string, string>> | undefined>>
>;
type Values<K extends Kinds> = { readonly [Key in keyof K]: K[Key] extends Kind<infer T> ? T : never };
type Environment = Readonly<Record<string, string | undefined>>;

/** What the server reads from its environment. */
export type ServerConfig = Values<typeof serverKinds>;
/** What a program beside the server reads from the same environment. */
export type WriterConfig = Values<typeof writerKinds>;
/** What the migration reads from its environment. */
export type MigrationConfig = Values<typeof migrationKinds>;
/** What the database tool reads from its environment where it only reads the database. */
export type AnalysisConfig = Values<typeof analysisKinds>;
/** What the database tool reads from its environment where it changes the database. */
export type MaintenanceConfig = Values<typeof maintenanceKinds>;

/** @throws ConfigError with one line for each variable that is missing or wrong. */
export function serverConfig(environment: Environment): ServerConfig {
  const config = read(environment, serverKinds);
  const problems = [
    ...localOnly("DATABASE_TLS", config.DATABASE_TLS === "off", [
      config.DATABASE_WRITER_HOST,
      ...config.DATABASE_READER_HOSTS,
    ]),
    ...localOnly("CACHE_USER", config.CACHE_USER === undefined, [config.CACHE_HOST]),
  ];
  if (config.CACHE_USER !== undefined && config.CACHE_REPLICATION_GROUP_ID === undefined) {
    problems.push("CACHE_REPLICATION_GROUP_ID: found nothing; allowed: any text, since CACHE_USER logs in to it");
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** @throws ConfigError with one line for each variable that is missing or wrong. */
export function writerConfig(environment: Environment): WriterConfig {
  const config = read(environment, writerKinds);
  const problems = localOnly("DATABASE_TLS", config.DATABASE_TLS === "off", [config.DATABASE_WRITER_HOST]);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** @throws ConfigError with one line for each variable that is missing or wrong. */
export function migrationConfig(environment: Environment): MigrationConfig {
  return onInstance(read(environment, migrationKinds));
}

/** @throws ConfigError with one line for each variable that is missing or wrong. */
export function analysisConfig(environment: Environment): AnalysisConfig {
  return onInstance(read(environment, analysisKinds));
}

/** @throws ConfigError with one line for each variable that is missing or wrong. */
export function maintenanceConfig(environment: Environment): MaintenanceConfig {
  return onInstance(read(environment, maintenanceKinds));
}

function onInstance<T extends { DATABASE_TLS: "on" | "off"; DATABASE_INSTANCE_HOST: string }>(config: T): T {
  const problems = localOnly("DATABASE_TLS", config.DATABASE_TLS === "off", [config.DATABASE_INSTANCE_HOST]);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Names and addresses of this machine itself; all of 127.0.0.0/8 are such (RFC 1122). */
const LOOPBACK = /^(?:localhost|::1|127(?:\.\d{1,3}){3})$/;

/** Unencrypted connections do not leave the machine. */
function localOnly(key: string, unencrypted: boolean, hosts: readonly string[]): string[] {
  const remote = hosts.filter((host) => !LOOPBACK.test(host));
  return unencrypted && remote.length > 0
    ? [`${key}: without encryption only this machine is connected to, not ${remote.join(", ")}`]
    : [];
}

function read<K extends Kinds>(environment: Environment, kinds: K): Values<K> {
  const problems: string[] = [];
  const entries = Object.entries(kinds).map(([key, kind]) => {
    const found = environment[key];
    if (found === undefined && kind.absent) return [key, kind.absent.value];
    const value = found === undefined ? undefined : kind.read(found);
    if (value === undefined) {
      const shown = found === undefined ? "nothing" : kind.secret ? "something else" : `"${found}"`;
      problems.push(`${key}: found ${shown}; allowed: ${kind.allowed}`);
    }
    return [key, value];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(Object.fromEntries(entries)) as Values<K>;
}
