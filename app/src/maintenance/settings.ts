import type { Reader } from "./connection.ts";
import type { Expected, ExpectedParameter } from "./expected.ts";
import { duration, size } from "./format.ts";
import type { Server } from "./server.ts";

/** A parameter that is not what it is to be. */
export interface SettingDifference {
  readonly name: string;
  readonly expected: string;
  readonly found: string;
  /** The server was told another value, which it takes over when it restarts. */
  readonly pending_restart: boolean;
}

/** A parameter that this server does not know, and need not. */
export interface Unchecked {
  readonly name: string;
  readonly reason: string;
}

/** How a server's parameters compare with those that it is to have. */
export interface SettingsComparison {
  /** So many were compared. */
  readonly checked: number;
  readonly differences: readonly SettingDifference[];
  readonly unchecked: readonly Unchecked[];
}

/** A parameter as the server has it. */
interface Setting {
  readonly name: string;
  /** What holds for every session, whatever this one has set. */
  readonly value: string;
  /** Unless sessions like this one begin with another. */
  readonly overridden: boolean;
  readonly unit: string | null;
  readonly type: string;
  readonly pending_restart: boolean;
}

/** Bytes and milliseconds by the name of a unit, of PostgreSQL's and of RDS'. */
const BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1024, "8kB": 8192, MB: 1024 ** 2 };
const MILLISECONDS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What PostgreSQL shows where another word was set. */
const ALIASES: Readonly<Record<string, string>> = { "wal_compression=on": "pglz" };

/** Parameters that RDS alone has, and does not show in every version. */
const RDS_PREFIX = "rds.";

/** Compares what a server has with what it is to have. Both may be written in any unit. */
export async function compareSettings(
  reader: Reader,
  server: Pick<Server, "standby">,
  expected: Omit<Expected, "major">,
): Promise<SettingsComparison> {
  const parameters = (server.standby && expected.replicaParameters) || expected.parameters;
  const settings = await reader.query<Setting>(
    `SELECT name, coalesce(reset_val, setting) AS value, unit, vartype AS type, pending_restart,
            EXISTS (SELECT FROM pg_db_role_setting, unnest(setconfig) item
                    WHERE setrole IN (0, to_regrole(quote_ident(current_user)))
                      AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
                      AND split_part(item, '=', 1) = name) AS overridden
     FROM pg_settings WHERE name = ANY ($1)`,
    [parameters.map(({ name }) => name)],
  );
  const available = new Set(
    (await reader.query<{ name: string }>("SELECT name FROM pg_available_extensions")).map(({ name }) => name),
  );
  const unchecked = parameters.flatMap((parameter) => whatIsUnknown(parameter, settings, available));
  const compared = parameters.filter(({ name }) => !unchecked.some((other) => other.name === name));
  const differences = compared.flatMap((parameter): SettingDifference[] => {
    const { name, value, unit } = parameter;
    const setting = settings.find((candidate) => candidate.name === name);
    if (setting !== undefined && !setting.pending_restart && isAsExpected(setting, parameter, available)) return [];
    const found = setting === undefined ? "unknown to the server" : readable(setting.value, setting.unit);
    const pending_restart = setting?.pending_restart ?? false;
    return [
      { name, expected: readable(setting?.type === "bool" ? onOff(value) : value, unit), found, pending_restart },
    ];
  });
  return { checked: compared.length, differences, unchecked };
}

const NOT_INSTALLED = "its library is not installed on this server";

const OVERRIDDEN = "ALTER ROLE or ALTER DATABASE hides the server's value from this session";

/** A parameter, or the items of a list, that this server need not know, or does not tell. */
function whatIsUnknown(
  { name, value }: ExpectedParameter,
  settings: readonly Setting[],
  available: ReadonlySet<string>,
): Unchecked[] {
  if (isList(name)) {
    const absent = listed(value).filter((library) => !available.has(library));
    return absent.map((library) => ({ name: `${name}: ${library}`, reason: NOT_INSTALLED }));
  }
  const setting = settings.find((candidate) => candidate.name === name);
  if (setting !== undefined) return setting.overridden ? [{ name, reason: OVERRIDDEN }] : [];
  if (name.startsWith(RDS_PREFIX)) return [{ name, reason: "RDS alone has it" }];
  const [library = "", ...rest] = name.split(".");
  return rest.length > 0 && !available.has(library) ? [{ name, reason: NOT_INSTALLED }] : [];
}

function isAsExpected(setting: Setting, { name, value, unit }: ExpectedParameter, available: ReadonlySet<string>) {
  switch (setting.type) {
    case "bool":
      return setting.value === onOff(value);
    case "integer":
    case "real":
      return magnitude(setting.value, setting.unit) === magnitude(value, unit ?? setting.unit);
    case "string":
      // A server may load more than it has to; RDS does.
      if (isList(name)) {
        const loaded = listed(setting.value);
        return listed(value).every((item) => loaded.includes(item) || !available.has(item));
      }
      return setting.value === value;
    default:
      return setting.value === value || setting.value === ALIASES[`${name}=${value}`];
  }
}

/** A truth value as PostgreSQL shows it; RDS has 1 and 0. */
const onOff = (value: string): string => ({ "1": "on", "0": "off", true: "on", false: "off" })[value] ?? value;

/** A number without its unit: bytes, milliseconds, or as it is. */
function magnitude(value: string, unit: string | null | undefined): number {
  const factor = unit ? (BYTES[unit] ?? MILLISECONDS[unit] ?? 1) : 1;
  return Number((Number(value) * factor).toPrecision(12));
}

/** A value for people: `524288` in 8kB is `4 GB`. What a special number turns off or leaves open stays that number. */
function readable(value: string, unit: string | null | undefined): string {
  if (!unit || Number(value) <= 0 || Number.isNaN(Number(value))) return value;
  if (unit in BYTES) return size(magnitude(value, unit));
  return unit in MILLISECONDS ? duration(magnitude(value, unit) / 1000) : value;
}

const isList = (name: string): boolean => name.endsWith("_libraries");

/** The items of a list parameter: names with commas between them, perhaps quoted. */
const listed = (value: string): string[] =>
  value
    .split(",")
    .map((item) => item.trim().replace(/^"(.*)"$/, "$1"))
    .filter((item) => item !== "");
