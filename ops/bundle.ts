/**
 * Writes each policy pack to `dist/policy/<pack>/` as a folder that stands alone, `npm run policy:bundle`: to be published by
 * `pulumi policy publish`, or copied into another project. The waivers in it are this repository's.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packs } from "../policy/packs";
import { rulesSection } from "./generated/rules";
import { buildPack } from "./packs/build";

const root = join(__dirname, "..");

const RULES_HEAD = `# Rules

A violation of a rule of severity low is advice; any other stops a preview or a deployment, unless the configuration of the
pack says otherwise. Where a rule needs a value that only the deployment brings, it says \`unknown until deployment\` and
does not stop anything.
`;

for (const pack of packs) {
  const folder = pack.name.replace("pynomaly-", "");
  const source = join(root, "policy", folder);
  const target = join(root, "dist", "policy", folder);
  rmSync(target, { recursive: true, force: true });
  buildPack(root, source, target);
  writeFileSync(join(target, "RULES.md"), `${RULES_HEAD}\n${rulesSection(pack)}`);
  console.log(`wrote dist/policy/${folder}`);
}
