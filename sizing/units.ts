/** Byte and CPU units: the words of PostgreSQL and Kubernetes in, plain numbers out. Every multiple is of 1024. */

const KIB = 1024;

/** `n` kibibytes in bytes. */
export const kib = (n: number): number => n * KIB;
/** `n` mebibytes in bytes. */
export const mib = (n: number): number => n * KIB ** 2;
/** `n` gibibytes in bytes. */
export const gib = (n: number): number => n * KIB ** 3;

const POSTGRES_UNITS = { TB: KIB ** 4, GB: KIB ** 3, MB: KIB ** 2, kB: KIB } as const;
const KUBERNETES_UNITS = { Ti: KIB ** 4, Gi: KIB ** 3, Mi: KIB ** 2, Ki: KIB } as const;
const UNITS: ReadonlyMap<string, number> = new Map(Object.entries({ ...POSTGRES_UNITS, ...KUBERNETES_UNITS }));

const SIZE = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/;

/**
 * Bytes of a size written in PostgreSQL's units (`"4 GB"`, `"64MB"`, `"512 kB"`) or Kubernetes' (`"1Gi"`, `"500Mi"`).
 *
 * PostgreSQL's units are binary although they look decimal (PostgreSQL, "Setting Parameters"). A bare number, a
 * decimal Kubernetes suffix (`"1G"`) and another case (`"4 gb"`) are refused: each would mean something else there.
 *
 * @throws Error that names the text found and the forms allowed.
 */
export function bytes(text: string): number {
  const [, amount, unit] = SIZE.exec(text) ?? [];
  const multiple = UNITS.get(unit ?? "");
  const value = multiple === undefined ? Number.NaN : Number(amount) * multiple;
  if (!Number.isSafeInteger(value)) {
    throw new Error(
      `"${text}" is not a size: write a number with one of kB, MB, GB, TB (PostgreSQL: "64 MB") or ` +
        'Ki, Mi, Gi, Ti (Kubernetes: "1Gi"), of a whole number of bytes',
    );
  }
  return value;
}

const CPU = /^(?:(\d+)m|(\d+(?:\.\d{1,3})?))$/;

/**
 * Thousandths of a CPU of a Kubernetes CPU quantity: `"500m"` is 500, `"1"` is 1000, `"0.5"` is 500.
 *
 * @throws Error that names the text found and the forms allowed.
 */
export function cpuMillis(text: string): number {
  const [, millis, cpus] = CPU.exec(text) ?? [];
  const value = millis === undefined ? Math.round(Number(cpus) * 1000) : Number(millis);
  if (!Number.isSafeInteger(value)) {
    throw new Error(`"${text}" is not a CPU quantity: write thousandths ("500m") or CPUs ("1", "0.5")`);
  }
  return value;
}

/** The size of PostgreSQL's blocks, in which RDS wants `shared_buffers`, `effective_cache_size` and `wal_buffers`. */
export const POSTGRES_PAGE_BYTES = kib(8);

/** Whole 8 kB pages in `size` bytes. */
export const pages = (size: number): number => Math.floor(size / POSTGRES_PAGE_BYTES);
/** Whole kilobytes in `size` bytes: the unit of `work_mem` and its relatives on RDS. */
export const kilobytes = (size: number): number => Math.floor(size / KIB);
/** Whole megabytes in `size` bytes: the unit of `max_wal_size` on RDS. */
export const megabytes = (size: number): number => Math.floor(size / mib(1));

function inLargestUnit(size: number, units: Readonly<Record<string, number>>, separator: string): string {
  const found = Object.entries(units).find(([, multiple]) => size >= multiple && size % multiple === 0);
  if (found === undefined) throw new Error(`${size} bytes is not a whole number of kilobytes`);
  return `${size / found[1]}${separator}${found[0]}`;
}

/** The exact text of a size in PostgreSQL's units: `"4 GB"`. Reads back with {@link bytes}. */
export const postgresSize = (size: number): string => inLargestUnit(size, POSTGRES_UNITS, " ");
/** The exact text of a size in Kubernetes' units: `"4Gi"`. Reads back with {@link bytes}. */
export const kubernetesSize = (size: number): string => inLargestUnit(size, KUBERNETES_UNITS, "");
/** A size for people, to a tenth: `"14.3 GiB"`, or MiB below one GiB. */
export const readableSize = (size: number): string =>
  size >= gib(1) ? `${(size / gib(1)).toFixed(1)} GiB` : `${(size / mib(1)).toFixed(0)} MiB`;
