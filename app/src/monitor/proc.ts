/** Bytes and packets of the network interfaces; the guide's keys. */
export type NetworkIo = Readonly<Record<"bytes_sent" | "bytes_recv" | "packets_sent" | "packets_recv", number>>;

/** Reads and writes of the disks; the guide's keys. */
export type DiskIo = Readonly<Record<"read_bytes" | "write_bytes" | "read_count" | "write_count", number>>;

/** `/proc/diskstats` counts in sectors of this many bytes, whatever the disk's own are. */
const SECTOR_BYTES = 512;

/** Devices that are no disks, or whose reads and writes are counted again on the disk below them. */
const NO_DISK = /^(?:loop|ram|zram|dm-|md|sr|fd)\d/;

/** What all interfaces but the loopback one have carried since the system began, from the text of `/proc/net/dev`. */
export function networkIo(text: string): NetworkIo {
  const interfaces = text
    .split("\n")
    .map((line) => /^\s*([^\s:]+):(.*)$/.exec(line))
    .filter((match) => match !== null && match[1] !== "lo")
    .map((match) => (match?.[2] ?? "").trim().split(/\s+/).map(Number));
  const sum = (column: number) => interfaces.reduce((total, values) => total + (values[column] ?? 0), 0);
  return { bytes_sent: sum(8), bytes_recv: sum(0), packets_sent: sum(9), packets_recv: sum(1) };
}

/** What all disks have done since the system began, each once and without its partitions, from the text of `/proc/diskstats`. */
export function diskIo(text: string): DiskIo {
  const devices = text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , name]) => name !== undefined && !NO_DISK.test(name));
  const names = new Set(devices.map(([, , name]) => name));
  const disks = devices.filter(([, , name = ""]) => {
    // sda1 is a partition of sda, nvme0n1p1 one of nvme0n1; nvme0n1 itself is one of nothing.
    const disk = /^(.*\d)p\d+$/.exec(name)?.[1] ?? /^(.*\D)\d+$/.exec(name)?.[1];
    return disk === undefined || !names.has(disk);
  });
  const sum = (column: number) => disks.reduce((total, values) => total + Number(values[column]), 0);
  return {
    read_bytes: sum(5) * SECTOR_BYTES,
    write_bytes: sum(9) * SECTOR_BYTES,
    read_count: sum(3),
    write_count: sum(7),
  };
}

/** Share of the machine's memory that is in use and cannot be taken back, in %, from the text of `/proc/meminfo`. */
export function memoryPercent(text: string): number | null {
  const [total, available] = ["MemTotal", "MemAvailable"].map((name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]),
  );
  const percent = (1 - (available ?? Number.NaN) / (total ?? Number.NaN)) * 100;
  return Number.isNaN(percent) ? null : percent;
}
