/**
 * Adds a rule to a pack, `make new-rule NAME=kebab-case [PACK=security]`: rule, registration, cases, mutation. What it writes
 * compiles and keeps its cases, on an invented type; no stack has one, so the mutation fails until the rule is filled in.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withWaiverRule } from "../policy/framework/pack";
import { packs } from "../policy/packs";
import { ConfigurationError, ExitCode } from "./command/errors";

const root = join(__dirname, "..");

/** Stands for the type that the rule will judge, and for its property. */
const TYPE = '"aws:example/thing:Thing"';
const PROPERTY = '"example"';
const EXAMPLE = '"example is false"';

interface Addition {
  readonly id: string;
  readonly pack: string;
  /** The id as a name in TypeScript. */
  readonly name: string;
}

/** Two words or more: with one alone the name in TypeScript could be a keyword. */
const KEBAB_CASE = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$/;

function readAddition({ NAME: id = "", PACK = "" }: NodeJS.ProcessEnv): Addition {
  const pack = PACK || "security";
  const known = packs.map(({ name }) => name.replace("pynomaly-", ""));
  if (!known.includes(pack)) {
    throw new ConfigurationError("PACK", [`found ${JSON.stringify(pack)}; allowed: ${known.join(", ")}`]);
  }
  if (!KEBAB_CASE.test(id)) {
    throw new ConfigurationError("NAME", [`found ${JSON.stringify(id)}; allowed: words in kebab-case, two or more`]);
  }
  const rules = packs.flatMap(({ rules }) => withWaiverRule(rules, { waivers: [], today: new Date(0) }));
  if (rules.some((rule) => rule.id === id)) {
    throw new ConfigurationError("NAME", [`found ${JSON.stringify(id)}; allowed: what is no rule's name yet`]);
  }
  return { id, pack, name: id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()) };
}

const ruleText = ({ id, name }: Addition): string => `import { mustBe } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";

export const ${name} = resourceRule({
  id: "${id}",
  title: "What holds, in one sentence without a full stop",
  severity: "medium",
  frameworks: [],
  reason: "What goes wrong otherwise.",
  example: ${EXAMPLE},
  remedy: "what to set",
  types: [${TYPE}],
  *check({ props }) {
    yield* mustBe(props.at(${PROPERTY}), true);
  },
});
`;

const casesText = ({ id, name }: Addition): string => `import type { CaseTable } from "../../cases";
import { given } from "../../given";

/** What ${id} accepts and refuses. */
export const ${name}Cases: CaseTable = {
  "${id}": {
    holds: [[given(${TYPE}, { ${JSON.parse(PROPERTY)}: true })]],
    breaks: [[[given(${TYPE}, { ${JSON.parse(PROPERTY)}: false })], /${JSON.parse(PROPERTY)} is false/]],
  },
};
`;

/** The text with a line before the last one that is exactly this. */
function before(text: string, last: string, line: string): string {
  const at = text.lastIndexOf(`\n${last}\n`);
  if (at < 0) throw new Error(`no line ${JSON.stringify(last)} to write before`);
  return `${text.slice(0, at)}\n${line}${text.slice(at)}`;
}

function add({ id, pack, name }: Addition): readonly string[] {
  const rule = `policy/${pack}/rules/${id}.ts`;
  const cases = `test/policy/cases/${pack}/${id}.ts`;
  const index = `policy/${pack}/rules/index.ts`;
  const table = `test/policy/${pack}.test.ts`;
  const mutations = `test/policy/mutations/${pack}.ts`;
  for (const path of [rule, cases]) {
    if (existsSync(join(root, path))) throw new ConfigurationError("NAME", [`${path} is there already`]);
  }
  const text = (path: string) => readFileSync(join(root, path), "utf8");
  const listed = before(text(index), "] as const;", `  ${name},`);
  const tested = before(text(table), "]);", `  ${name}Cases,`);
  const contents: Readonly<Record<string, string>> = {
    [rule]: ruleText({ id, pack, name }),
    [index]: `import { ${name} } from "./${id}";\n${listed}`,
    [cases]: casesText({ id, pack, name }),
    [table]: `import { ${name}Cases } from "./cases/${pack}/${id}";\n${tested}`,
    [mutations]: before(text(mutations), "};", `  "${id}": set(${TYPE}, ${PROPERTY}, [false]),`),
  };
  for (const [path, content] of Object.entries(contents)) writeFileSync(join(root, path), content);
  // Puts the imports, and what has become a long line, where they belong.
  execFileSync("biome", ["check", "--write", ...Object.keys(contents)], { cwd: root, stdio: "pipe" });
  return Object.keys(contents);
}

try {
  const addition = readAddition(process.env);
  const [rule, index, cases, table, mutations] = add(addition);
  console.log(`wrote ${rule}, ${cases}
changed ${index}, ${table}, ${mutations}

Fill in:
  ${rule}: title, severity, frameworks, reason, example, remedy, the types and what is checked of them
  ${cases}: what the rule must accept and what it must refuse
  ${mutations}: the faults of the production stack that it must see; the test fails until there is one
Then: make generate check test`);
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = ExitCode.misconfigured;
}
