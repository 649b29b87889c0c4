import { Analyzer, type Diagnostic, type Rule, type Severity } from "./analyzer";
import type { Registration } from "./monitor";
import type { PackProcess } from "./pack-process";
import { type Enforcement, type PolicyConfig, withDefaults } from "./policy-config";
import { PolicyRequests } from "./requests";
import { displayAll } from "./values";

/** A rule that does not hold for a resource. */
export interface Violation {
  /** The pack's name. */
  readonly pack: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly enforcement: Enforcement;
  /** The resource; the root stack when it is none in particular. */
  readonly urn: string;
  readonly message: string;
}

/** A change that a rule made to a resource's inputs before they were judged. */
export interface Remediation {
  readonly pack: string;
  readonly rule: string;
  readonly urn: string;
}

/** One pack and its rules. */
export interface PackSummary {
  readonly name: string;
  readonly version: string;
  /** The rules that were evaluated: those that are not disabled. */
  readonly evaluated: readonly string[];
  readonly disabled: readonly string[];
}

/** What all packs say of a stack. */
export interface Verdicts {
  readonly packs: readonly PackSummary[];
  /** Sorted by pack, rule, URN and message; what could not be decided is among them, as advice. */
  readonly violations: readonly Violation[];
  readonly remediations: readonly Remediation[];
  /** The registrations with what rules changed in them. */
  readonly registrations: readonly Registration[];
}

/** Which stack is judged, and how. */
export interface PolicyContext {
  readonly project: string;
  readonly stack: string;
  readonly config: PolicyConfig;
  /** How messages name the file that the configuration comes from. */
  readonly configPath: string;
  /** It runs already: rules judge it as it is, and mend nothing. */
  readonly deployed?: boolean;
}

interface Pack {
  readonly analyzer: Analyzer;
  /** The rules that are not disabled. */
  readonly rules: readonly Rule[];
  readonly disabled: readonly string[];
}

/**
 * Judges a stack as the engine does: rules first mend what they remediate, pack by pack; then each resource, and at the
 * end the whole stack, is analyzed.
 *
 * @param registrations the root stack and all its resources
 * @throws PolicyPackError when a pack does not start or a rule fails
 * @throws ConfigurationError when the configuration says what no rule understands
 */
export async function evaluatePolicies(
  processes: readonly PackProcess[],
  registrations: readonly Registration[],
  context: PolicyContext,
): Promise<Verdicts> {
  const connections = await Promise.allSettled(processes.map((process) => Analyzer.connect(process)));
  const analyzers = connections.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  try {
    for (const result of connections) if (result.status === "rejected") throw result.reason;
    const packs = await configure(analyzers, context);
    const remediations: Remediation[] = [];
    const mended = context.deployed ? registrations : await remediate(packs, registrations, remediations);
    return {
      packs: packs.map(({ analyzer: { name, version }, rules, disabled }) => {
        return { name, version, evaluated: rules.map((rule) => rule.name), disabled };
      }),
      violations: await analyze(packs, mended),
      remediations,
      registrations: mended,
    };
  } finally {
    for (const analyzer of analyzers) analyzer.close();
  }
}

async function configure(analyzers: readonly Analyzer[], context: PolicyContext): Promise<Pack[]> {
  const { project, stack, config, configPath } = context;
  const rulesOf = new Map(analyzers.map((analyzer) => [analyzer, analyzer.rules(config)]));
  const schemas = [...rulesOf.values()].flat().map((rule) => rule.schema);
  const settled = withDefaults(config, schemas, configPath);
  return Promise.all(
    [...rulesOf].map(async ([analyzer, all]) => {
      await analyzer.configure(project, stack, all, settled);
      const isDisabled = (rule: Rule) => rule.enforcement === "disabled";
      const rules = all.filter((rule) => !isDisabled(rule));
      return { analyzer, rules, disabled: all.filter(isDisabled).map((rule) => rule.name) };
    }),
  );
}

async function remediate(
  packs: readonly Pack[],
  registrations: readonly Registration[],
  remediations: Remediation[],
): Promise<readonly Registration[]> {
  let current = registrations;
  for (const { analyzer, rules } of packs) {
    // Nothing else changes anything, and asking about every resource is not free.
    if (!rules.some((rule) => rule.enforcement === "remediate")) continue;
    const requests = new PolicyRequests(current);
    current = await Promise.all(
      current.map(async (registration) => {
        const response = await analyzer.remediate(requests.resource(registration));
        let mended = registration;
        for (const change of response.getRemediationsList()) {
          const inputs = change.getProperties();
          // Without properties it only says why the rule could not look, and the analysis says that again.
          if (inputs === undefined || change.getDiagnostic() !== "") continue;
          const { resource } = registration;
          mended = { ...mended, inputs, resource: { ...resource, inputs: displayAll(inputs.toJavaScript()) } };
          remediations.push({ pack: analyzer.name, rule: change.getPolicyname(), urn: resource.urn });
        }
        return mended;
      }),
    );
  }
  return current;
}

async function analyze(packs: readonly Pack[], registrations: readonly Registration[]): Promise<Violation[]> {
  const requests = new PolicyRequests(registrations);
  const root = registrations[0]?.resource.urn ?? "";
  const urns = new Set(registrations.map(({ resource }) => resource.urn));
  const stack = requests.stack();
  const found = await Promise.all(
    packs.map(async ({ analyzer, rules }): Promise<Violation[]> => {
      const asked: Promise<Diagnostic[]>[] = [];
      if (rules.some((rule) => rule.judges === "resource")) {
        asked.push(...registrations.map((registration) => analyzer.analyze(requests.resource(registration))));
      }
      if (rules.some((rule) => rule.judges === "stack")) asked.push(analyzer.analyzeStack(stack));
      return (await Promise.all(asked)).flat().map((diagnostic) => {
        const { rule, severity, enforcement, urn, message } = diagnostic;
        return { pack: analyzer.name, rule, severity, enforcement, urn: urns.has(urn) ? urn : root, message };
      });
    }),
  );
  return inOrder(found.flat());
}

/** Violations as previews list them: by pack, rule, URN and message. */
export function inOrder(violations: readonly Violation[]): Violation[] {
  return [...violations].sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

function orderOf({ pack, rule, urn, message }: Violation): string {
  return [pack, rule, urn, message].join("\0");
}
