import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PackProcess, startPack } from "../../ops/preview/pack-process";

/** A folder of policy packs outside the repository. */
export class ToyPacks {
  readonly root = mkdtempSync(join(tmpdir(), "packs-"));
  private readonly started: PackProcess[] = [];

  constructor() {
    symlinkSync(join(__dirname, "..", "..", "node_modules"), join(this.root, "node_modules"));
  }

  /**
   * Writes and starts a pack.
   *
   * @param policies the text of the list of its policies
   * @param prologue code that the pack runs first
   */
  start(name: string, policies: string, prologue = ""): PackProcess {
    const directory = join(this.root, name);
    mkdirSync(directory);
    writeFileSync(join(directory, "package.json"), JSON.stringify({ name, version: "1.2.3", main: "index.ts" }));
    writeFileSync(
      join(directory, "index.ts"),
      `import { PolicyPack } from "@pulumi/policy";\n${prologue}\nnew PolicyPack("${name}", { policies: ${policies} });\n`,
    );
    const pack = startPack(directory, name);
    this.started.push(pack);
    return pack;
  }

  /** Ends what was started and deletes everything. */
  async close(): Promise<void> {
    await Promise.all(this.started.map((pack) => pack.stop()));
    rmSync(this.root, { recursive: true });
  }
}
