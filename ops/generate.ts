/**
 * Writes the files that restate what the code knows: the configuration keys in `Pulumi.yaml`, the PostgreSQL parameters
 * in `docs/parameters.md`, the rules in `policy/RULES.md`. With `--check`, writes nothing and exits 1 if one is out of date.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rulesPage } from "../policy/rules-md";
import { parametersPage } from "./generated/parameters";
import { projectFile } from "./generated/project";

const root = join(__dirname, "..");
const generated: Readonly<Record<string, () => string>> = {
  "Pulumi.yaml": projectFile,
  "docs/parameters.md": parametersPage,
  "policy/RULES.md": rulesPage,
};

const check = process.argv.includes("--check");
for (const [path, render] of Object.entries(generated)) {
  const file = join(root, path);
  const content = render();
  if (existsSync(file) && readFileSync(file, "utf8") === content) {
    continue;
  }
  if (check) {
    console.error(`${path} is out of date: run make generate and commit it`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, content);
    console.log(`wrote ${path}`);
  }
}
