import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository's root. */
export const root = join(__dirname, "..", "..");

/** Where the runbooks are. */
export const folder = join(root, "docs", "runbooks");

/** One runbook, as its file has it. */
export interface RunbookText {
  /** File name without `.md`. */
  readonly name: string;
  readonly text: string;
  /** Patterns of the alarms that it is about; `*` stands for any text. */
  readonly alarms: readonly string[];
  /** Text of each section by its heading. */
  readonly sections: ReadonlyMap<string, string>;
  /** Its shell commands, block by block. */
  readonly commands: readonly string[];
}

/** Names in backticks. */
const code = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span);

/** The shell commands of a text, block by block. */
export const commandsOf = (text: string): string[] =>
  [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, block = ""]) => block);

/** Every runbook but the index. */
export const runbooks: readonly RunbookText[] = readdirSync(folder)
  .filter((file) => file.endsWith(".md") && file !== "README.md")
  .map((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const [head = "", ...parts] = text.split(/^## /m);
    const alarms = /^Alarms?: ([\s\S]*?)\.$/m.exec(head)?.[1] ?? "";
    return {
      name: file.replace(/\.md$/, ""),
      text,
      alarms: code(alarms),
      sections: new Map(
        parts.map((part): [string, string] => {
          const end = part.indexOf("\n");
          return [part.slice(0, end), part.slice(end)];
        }),
      ),
      commands: commandsOf(text),
    };
  });

/** The index. */
export const index = readFileSync(join(folder, "README.md"), "utf8");
