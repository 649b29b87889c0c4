/** Writes RULES.md, the catalogue of both packs' rules, from what the rules state about themselves. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withWaiverRule } from "./framework/pack";
import { enforcement, type Rule } from "./framework/rule";
import { packs } from "./packs";

const HEAD = `# Rules

Generated from the rules by \`npm run rules\`: change the rule, not this page.

A violation of a rule of severity low is advice; any other stops a preview or a deployment, unless the stack's file in
\`policy/config/\` says otherwise. Where a rule needs a value that only the deployment brings, it says
\`unknown until deployment\` and does not stop anything. Waivers are in \`policy/waivers.ts\`.
`;

/** The text of RULES.md. */
export function rulesPage(): string {
  const sections = packs.map(({ name, rules }) => {
    const all = withWaiverRule(rules, { waivers: [], today: new Date(0) });
    return [`## ${name}: ${all.length} rules\n`, ...all.map(entry)].join("\n");
  });
  return [HEAD, ...sections].join("\n");
}

function entry(rule: Rule): string {
  const judged = rule.kind === "stack" ? "the whole stack" : "each resource alone";
  const maps = rule.frameworks === undefined ? "" : ` · ${rule.frameworks.join(", ")}`;
  return `### ${rule.id}

${sentence(rule.title)}

- ${rule.severity} · ${enforcement(rule)} · judges ${judged}${maps}
- Why: ${sentence(rule.reason)}
- To mend: ${sentence(rule.remedy)}
`;
}

const sentence = (text: string): string => (text.endsWith(".") ? text : `${text}.`);

if (require.main === module) {
  writeFileSync(join(__dirname, "RULES.md"), rulesPage());
}
