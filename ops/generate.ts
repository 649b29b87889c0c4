/**
 * Writes the files that restate what the code knows: the configuration keys in `Pulumi.yaml`, the PostgreSQL parameters
 * in `docs/parameters.md`, the rules in `policy/RULES.md`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generated } from "./generated";

for (const [path, render] of Object.entries(generated)) {
  const file = join(__dirname, "..", path);
  const content = render();
  if (!existsSync(file) || readFileSync(file, "utf8") !== content) {
    writeFileSync(file, content);
    console.log(`wrote ${path}`);
  }
}
