import {
  allowedText,
  type NumberProperty,
  type PropertySchema,
  type WordsProperty,
} from "../../policy/framework/config";
import { withWaiverRule } from "../../policy/framework/pack";
import { enforcement, type Rule } from "../../policy/framework/rule";
import { packs } from "../../policy/packs";

const HEAD = `# Rules

Generated from the rules by \`make generate\`: change the rule, not this page.

A violation of a rule of severity low is advice; any other stops a preview or a deployment, unless the stack's file in
\`policy/config/\` says otherwise. The same file sets what a rule lists as its configuration: \`"rds-backups": { "days": 14 }\`.
A rule that mends sets the flag itself where that file says \`"ecr-scan": "remediate"\`, before the resource is judged; resources
under a waiver and values that only the deployment brings stay as they are, and what is secret stays secret.

Where a rule needs a value that only the deployment brings, it says \`unknown until deployment\` and does not stop anything.
Waivers are in \`policy/waivers.ts\`.
\`make policy STATE=state.json\` asks the same rules about a running stack; its secrets count as unknown.
`;

/** `policy/RULES.md`: the catalogue of both packs' rules, from what the rules state about themselves. */
export function rulesPage(): string {
  return [HEAD, ...packs.map(rulesSection)].join("\n");
}

/** One pack's section of the catalogue. */
export function rulesSection({ name, rules }: (typeof packs)[number]): string {
  const all = withWaiverRule(rules, { waivers: [], today: new Date(0) });
  return [`## ${name}: ${all.length} rules\n`, ...all.map(entry)].join("\n");
}

function entry(rule: Rule): string {
  const judged = rule.kind === "stack" ? "the whole stack" : "each resource alone";
  const mends = rule.kind === "resource" && rule.mends ? " · mends under `remediate`" : "";
  const maps = rule.frameworks === undefined ? "" : ` · ${rule.frameworks.join(", ")}`;
  return `### ${rule.id}

${sentence(rule.title)}

- ${rule.severity} · ${enforcement(rule)} · judges ${judged}${mends}${maps}
- Why: ${sentence(rule.reason)}
- Found, for example: \`${rule.example}\`
- To mend: ${sentence(rule.remedy)}
${Object.entries(rule.config ?? {})
  .map(configuration)
  .join("")}`;
}

function configuration([name, property]: [string, NumberProperty | WordsProperty]): string {
  const byDefault = [property.default].flat().join(", ");
  return `- Configuration \`${name}\`: ${property.description}; ${allowedText(property as PropertySchema)}. Default: ${byDefault}.\n`;
}

const sentence = (text: string): string => (text.endsWith(".") ? text : `${text}.`);
