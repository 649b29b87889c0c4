/**
 * Measures what judging the production stack by both policy packs costs: CPU of the packs' processes, their start included.
 * `node --require ./ops/preview/typescript.cjs bench/policy/run.ts [--runs 10]`
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packsAsBuilt } from "../../ops/command/command";
import { startPack } from "../../ops/preview/pack-process";
import { evaluatePolicies } from "../../ops/preview/policies";
import { recordStack, type StackRecording } from "../../ops/preview/preview";

const root = join(__dirname, "..", "..");
const { runs: given } = parseArgs({ options: { runs: { type: "string", default: "10" } } }).values;
const runs = Number(given);

/** CPU seconds of one judgement by the packs in these folders; without a stack, of their start alone. */
async function cpuSeconds(directories: readonly string[], subject?: StackRecording): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "bench-policy-"));
  const file = join(folder, "cpu");
  const env = {
    ...process.env,
    CPU_FILE: file,
    NODE_OPTIONS: `--require ${join(__dirname, "cpu.cjs")}`,
    NODE_COMPILE_CACHE: join(root, "node_modules", ".cache", "compiled"),
  };
  const packs = directories.map((directory) => startPack(directory, directory, env));
  try {
    await Promise.all(packs.map((pack) => pack.port));
    if (subject !== undefined) {
      const { project, registrations } = subject;
      await evaluatePolicies(packs, registrations, { project, stack: "prod", config: new Map(), configPath: "none" });
    }
  } finally {
    await Promise.all(packs.map((pack) => pack.stop()));
  }
  const used = readFileSync(file, "utf8").trim().split("\n").map(Number);
  rmSync(folder, { recursive: true });
  if (used.length !== packs.length) throw new Error(`${used.length} of ${packs.length} packs told their CPU time`);
  return used.reduce((sum, milliseconds) => sum + milliseconds, 0) / 1000;
}

async function row(what: string, measure: () => Promise<number>): Promise<string> {
  // What is compiled is kept from the first time.
  await measure();
  const all: number[] = [];
  for (let run = 0; run < runs; run += 1) all.push(await measure());
  all.sort((a, b) => a - b);
  const [least, median, most] = [all[0], all[Math.floor(runs / 2)], all.at(-1)].map((seconds) => seconds?.toFixed(2));
  return `| ${what} | ${median} | ${least} | ${most} |`;
}

async function main(): Promise<void> {
  process.chdir(root);
  const subject = await recordStack(root, "prod");
  const built = packsAsBuilt().map(({ directory }) => directory);
  const sources = packsAsBuilt().map(({ path }) => join(root, path));
  const rows = [
    await row("built, as previews load them", () => cpuSeconds(built, subject)),
    await row("their start alone", () => cpuSeconds(built)),
    await row("from source", () => cpuSeconds(sources, subject)),
    await row("their start alone", () => cpuSeconds(sources)),
  ];
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`;
  console.log(`Both packs over ${subject.graph.resources.length} resources of prod, ${runs} runs; ${machine}\n`);
  console.log(`| packs | CPU s, median | least | most |\n|---|---|---|---|\n${rows.join("\n")}`);
}

main().then(
  () => process.exit(),
  (error: Error) => {
    console.error(error.stack);
    process.exit(1);
  },
);
