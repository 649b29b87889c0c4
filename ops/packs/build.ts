import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { dependencies } from "../../package.json";

/** Loaded by the SDK at its start, needed only to serialize functions. */
const UNNEEDED = ["typescript", "@npmcli/arborist", "normalize-package-data"];

/**
 * Writes a policy pack as a folder that stands alone: one JavaScript file with everything that it needs, the SDK among it.
 * In its manifest the SDK is named all the same, since `pulumi` starts a pack by a script of the SDK that is installed beside it.
 *
 * @param root the folder of this repository
 * @param source the pack's folder
 * @param target where it is written; made when it is not there
 * @throws Error that says what in the sources is wrong
 */
export function buildPack(root: string, source: string, target: string): void {
  mkdirSync(target, { recursive: true });
  buildSync({
    absWorkingDir: root,
    entryPoints: [join(source, "index.ts")],
    outfile: join(target, "index.js"),
    bundle: true,
    platform: "node",
    target: "node22",
    alias: Object.fromEntries(UNNEEDED.map((name) => [name, join(root, "ops", "packs", "unneeded.cjs")])),
    logLevel: "silent",
  });
  copyFileSync(join(source, "PulumiPolicy.yaml"), join(target, "PulumiPolicy.yaml"));
  const manifest = {
    ...(require(join(source, "package.json")) as object),
    main: "index.js",
    dependencies: {
      "@pulumi/policy": dependencies["@pulumi/policy"],
      "@pulumi/pulumi": dependencies["@pulumi/pulumi"],
    },
  };
  writeFileSync(join(target, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
