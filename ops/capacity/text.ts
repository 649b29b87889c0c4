import { colors } from "../command/colors";
import { basis, commands, delayLines, rowsOf, scenarioLines, whole } from "./document";
import type { Estimate } from "./estimate";

/** The estimate for a terminal. */
export function estimateText(estimate: Estimate): string {
  const { stack, wanted, limits, byKind, needs, scenarios, windowSeconds, unfeltStep } = estimate;
  const [first] = limits;
  const lines = commands(estimate);
  const sections = [
    [colors.bold(`${stack} at ${whole(wanted.requestsPerSecond)} requests/s`), ...indented(basis(estimate))],
    [
      colors.bold("Needs"),
      ...indented(
        aligned([["", "now", "needs"], ...rowsOf(estimate).map(({ name, now, needs }) => [name, now, needs])]),
      ),
    ],
    [colors.bold("Settings"), ...indented(lines.length === 0 ? ["none to change"] : lines)],
    ...(needs.unmet.length === 0
      ? []
      : [
          [
            colors.red("Not reached by settings"),
            ...indented(
              needs.unmet.map(
                ({ name, requestsPerSecond, remedy }) => `${name}: ${whole(requestsPerSecond)} requests/s; ${remedy}`,
              ),
            ),
          ],
        ]),
    [
      colors.bold(`Limits of ${stack} as it is`) +
        (first === undefined ? "" : `: ${first.name} first, at ${whole(first.requestsPerSecond)} requests/s`),
      ...indented(
        aligned(limits.map(({ name, requestsPerSecond, because }) => [name, whole(requestsPerSecond), because])),
      ),
      ...indented(["by kind of request:"]),
      ...indented(
        indented(aligned(byKind.map(({ kind, first }) => [kind, whole(first.requestsPerSecond), first.name]))),
      ),
    ],
    [
      colors.bold("Autoscaling, simulated"),
      ...indented(scenarios.flatMap((scenario) => scenarioLines(scenario, windowSeconds))),
      ...indented([`the largest step that no request feels: to ${whole(unfeltStep)} requests/s`, ...delayLines()]),
    ],
  ];
  return `${sections.map((section) => section.join("\n")).join("\n\n")}\n`;
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
