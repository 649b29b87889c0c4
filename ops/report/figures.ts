const formats = [2, 1, 0].map((digits) => new Intl.NumberFormat("en-GB", { maximumFractionDigits: digits }));
const [hundredths, tenths, whole] = formats as [Intl.NumberFormat, Intl.NumberFormat, Intl.NumberFormat];

/** A number as a report shows it: `12,345`, `12.3`, `1.23`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return (size >= 100 ? whole : size >= 10 ? tenths : hundredths).format(value);
}
