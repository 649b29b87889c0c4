/** Environment variables that are missing or wrong, all of them at once. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the environment is wrong:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** How one variable is read; `undefined` when its text is not allowed. */
interface Kind<T> {
  readonly allowed: string;
  readonly read: (text: string) => T | undefined;
}

/** Any text but an empty one. */
const text: Kind<string> = { allowed: "any text", read: (value) => (value === "" ? undefined : value) };

/** A whole number between bounds, both included. */
const whole = (min: number, max: number): Kind<number> => ({
  allowed: `a whole number from ${min} to ${max}`,
  read: (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  },
});

const port = whole(1, 65_535);
const seconds = whole(1, 3600);

/** Where the database is. */
const databaseKinds = {
  AWS_REGION: text,
  DATABASE_NAME: text,
  DATABASE_PORT: port,
  DATABASE_SECRET_ARN: text,
};

const serverKinds = {
  ...databaseKinds,
  PORT: port,
  DATABASE_WRITER_HOST: text,
  DATABASE_WRITER_POOL_MAX: whole(1, 1000),
  DATABASE_POOL_IDLE_SECONDS: seconds,
  STATEMENT_TIMEOUT_SECONDS: seconds,
  KEEP_ALIVE_TIMEOUT_SECONDS: seconds,
  HEADERS_TIMEOUT_SECONDS: seconds,
  SHUTDOWN_TIMEOUT_SECONDS: seconds,
};

const migrationKinds = {
  ...databaseKinds,
  DATABASE_MIGRATION_HOST: text,
  DATABASE_OWNER_SECRET_ARN: text,
};

type Kinds = Readonly<Record<string, Kind<string | number>>>;
type Values<K extends Kinds> = { readonly [Key in keyof K]: K[Key] extends Kind<infer T> ? T : never };
type Environment = Readonly<Record<string, string | undefined>>;

/** What the server reads from its environment. */
export type ServerConfig = Values<typeof serverKinds>;
/** What the migration reads from its environment. */
export type MigrationConfig = Values<typeof migrationKinds>;

/** @throws ConfigError with one line for each variable that is missing or wrong. */
export const serverConfig = (environment: Environment): ServerConfig => read(environment, serverKinds);

/** @throws ConfigError with one line for each variable that is missing or wrong. */
export const migrationConfig = (environment: Environment): MigrationConfig => read(environment, migrationKinds);

function read<K extends Kinds>(environment: Environment, kinds: K): Values<K> {
  const problems: string[] = [];
  const entries = Object.entries(kinds).map(([key, kind]) => {
    const found = environment[key];
    const value = found === undefined ? undefined : kind.read(found);
    if (value === undefined) {
      problems.push(`${key}: found ${found === undefined ? "nothing" : `"${found}"`}; allowed: ${kind.allowed}`);
    }
    return [key, value];
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.fromEntries(entries) as Values<K>;
}
