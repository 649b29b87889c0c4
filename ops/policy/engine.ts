import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { configSchema } from "../../policy/framework/config";
import { withWaiverRule } from "../../policy/framework/pack";
import { packs } from "../../policy/packs";
import { configPathOf, type Judgement, judgementOf, resourcesOf, type Subject } from "../preview/judge";
import { firstError, PolicyPackError } from "../preview/pack-process";
import { inOrder, type PackSummary, type Violation } from "../preview/policies";
import { ALL_RULES, type PolicyConfig, readPolicyConfig, withDefaults } from "../preview/policy-config";
import { withoutSecrets } from "./state";

const run = promisify(execFile);

/** A CLI asks the network for its newest version otherwise. */
const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };

/** Whether the Pulumi CLI on the PATH, where there is one, judges a state in a file: since 3.259 it needs no login for that. */
export async function offersAnalyze(): Promise<boolean> {
  try {
    const { stdout } = await run("pulumi", ["policy", "analyze", "--help"], { env });
    return stdout.includes("--file");
  } catch {
    // None is installed, or one that does not know the command.
    return false;
  }
}

const level = z.enum(["advisory", "mandatory", "remediate", "disabled"]);
const eventSchema = z.object({
  policyEvent: z
    .object({
      policyPackName: z.string(),
      policyName: z.string(),
      severity: z.enum(["low", "medium", "high", "critical"]).catch("low"),
      enforcementLevel: level,
      resourceUrn: z.string().default(""),
      message: z.string(),
    })
    .optional(),
  // The engine spells this key with a capital.
  summaryEvent: z.object({ PolicyPacks: z.record(z.string(), z.string()) }).optional(),
});

/**
 * Judges a stack by `pulumi policy analyze`. The engine is shown its state without secrets, so that no rule can print one, and the
 * verdicts are those of {@link import("../preview/judge").judge}.
 *
 * @param state absolute path of the exported state
 * @param built the packs
 * @param progress told what is being done
 * @throws PolicyPackError when the engine comes to no verdict
 * @throws ConfigurationError when the configuration says what no rule understands, which the engine ignores
 */
export async function judgeByEngine(
  root: string,
  state: string,
  { stack, registrations }: Subject,
  built: readonly { readonly directory: string }[],
  progress: (what: string) => void,
): Promise<Judgement> {
  const configPath = configPathOf(stack);
  const config = readPolicyConfig(join(root, configPath), configPath);
  withDefaults(config, schemas(), configPath);
  progress(`judging ${resourcesOf(registrations).length} resources by pulumi policy analyze`);
  const folder = mkdtempSync(join(tmpdir(), "pynomaly-policy-"));
  try {
    const file = join(folder, "state.json");
    writeFileSync(file, JSON.stringify(withoutSecrets(state)), { mode: 0o600 });
    const configured = existsSync(join(root, configPath)) ? ["--policy-pack-config", join(root, configPath)] : [];
    const events = await analyze([
      ...["policy", "analyze", "--file", file, "--json", "--non-interactive"],
      ...built.flatMap(({ directory }) => ["--policy-pack", directory, ...configured]),
    ]);
    const versions = events.flatMap(({ summaryEvent }) => Object.entries(summaryEvent?.PolicyPacks ?? {}));
    return judgementOf(stack, {
      packs: versions.map(([name, version]) => summary(name, version, config)),
      violations: violations(events, registrations),
      remediations: [],
      registrations,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The engine's events; that it exits with an error when a rule is violated is one of its verdicts. */
async function analyze(args: readonly string[]): Promise<z.output<typeof eventSchema>[]> {
  const maxBuffer = Number.POSITIVE_INFINITY;
  const { stdout, stderr } = await run("pulumi", args, { env, maxBuffer }).catch((error) => error as Output);
  const lines = stdout.split("\n").filter((line) => line !== "");
  const events = lines.map((line) => eventSchema.parse(JSON.parse(line)));
  if (!events.some(({ summaryEvent }) => summaryEvent !== undefined)) {
    throw new PolicyPackError(`pulumi policy analyze came to no verdict: ${firstError(stderr)}`, stderr);
  }
  return events;
}

type Output = Record<"stdout" | "stderr", string>;

function violations(
  events: readonly z.output<typeof eventSchema>[],
  registrations: Subject["registrations"],
): Violation[] {
  const urns = new Set(registrations.map(({ resource }) => resource.urn));
  const root = registrations[0]?.resource.urn ?? "";
  return inOrder(
    events.flatMap(({ policyEvent: found }) => {
      if (found === undefined) return [];
      const { policyPackName: pack, policyName: rule, severity, enforcementLevel: enforcement, message } = found;
      const urn = urns.has(found.resourceUrn) ? found.resourceUrn : root;
      return [{ pack, rule, severity, enforcement, urn, message }];
    }),
  );
}

const rulesOf = (pack: (typeof packs)[number]) => withWaiverRule(pack.rules, { waivers: [], today: new Date() });

const schemas = () =>
  packs.flatMap(rulesOf).map(({ id, config }) => ({
    name: id,
    properties: configSchema(config)?.properties ?? {},
    required: [],
  }));

/** The engine tells of no rule that holds: those are the pack's rules that are not disabled. */
function summary(name: string, version: string, config: PolicyConfig): PackSummary {
  const pack = packs.find((one) => one.name === name);
  const ids = pack === undefined ? [] : rulesOf(pack).map(({ id }) => id);
  const isDisabled = (id: string) => (config.get(id)?.enforcement ?? config.get(ALL_RULES)?.enforcement) === "disabled";
  return { name, version, evaluated: ids.filter((id) => !isDisabled(id)), disabled: ids.filter(isDisabled) };
}
