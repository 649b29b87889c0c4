import { parametersPage } from "./parameters";
import { projectFile } from "./project";
import { rulesPage } from "./rules";

/** The files that restate what the code knows, by path from the repository's root. */
export const generated: Readonly<Record<string, () => string>> = {
  "Pulumi.yaml": projectFile,
  "docs/parameters.md": parametersPage,
  "policy/RULES.md": rulesPage,
};
