import { cpSync, existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";

/**
 * Lays out the image's files: `node image/layout.ts TARGET ARCHITECTURE`, in a folder with the package and its
 * production dependencies. The Dockerfile runs it, and so does the test that starts the service from these files.
 */

/** What the service is made of, beside its dependencies. What the models are generated with stays behind. */
const FILES = ["package.json", "openapi.json", "src", "migrations", "models/*.onnx", "models/*.json"];

/** Folders of ONNX Runtime's binaries by Docker's name of the architecture (`TARGETARCH`). */
const ONNX_FOLDERS: Readonly<Record<string, string>> = { amd64: "linux/x64", arm64: "linux/arm64" };

/** The browser's half of /redoc is one bundle; what it was built from runs nowhere. */
const BUNDLED = "node_modules/redoc";

/** A package of package-lock.json. */
interface Locked {
  /** It may be missing where it does not run. */
  readonly optional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The packages of package-lock.json by their folder; the service itself is "". */
type Lock = Readonly<Record<string, Locked>>;

const [, , target, architecture] = argv;
const onnxFolder = ONNX_FOLDERS[architecture ?? ""];
if (target === undefined || onnxFolder === undefined) {
  throw new Error(`usage: node image/layout.ts TARGET ${Object.keys(ONNX_FOLDERS).join("|")}`);
}

for (const file of FILES.flatMap((pattern) => globSync(pattern))) {
  cpSync(file, join(target, file), { recursive: true });
}
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Lock };
for (const folder of needed(packages, "")) {
  cpSync(folder, join(target, folder), {
    recursive: true,
    filter: (path) => path === folder || wanted(path, onnxFolder),
  });
}

/** Folders of the packages that one needs, at any depth, without those that only {@link BUNDLED} was built from. */
function needed(packages: Lock, from: string, found = new Set<string>()): Set<string> {
  const { dependencies, optionalDependencies, peerDependencies } = packages[from] ?? {};
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
    const folder = resolve(packages, from, name);
    if (folder === undefined || found.has(folder)) continue;
    if (packages[folder]?.optional && !existsSync(folder)) continue;
    found.add(folder);
    if (folder !== BUNDLED) needed(packages, folder, found);
  }
  return found;
}

/** As Node finds a package: in the nearest `node_modules` upwards. Nothing for an optional peer that nobody asked for. */
function resolve(packages: Lock, from: string, name: string): string | undefined {
  for (let parent = from; ; parent = parent.slice(0, Math.max(0, parent.lastIndexOf("/node_modules/")))) {
    const folder = join(parent, "node_modules", name);
    if (folder in packages) return folder;
    if (parent === "") return undefined;
  }
}

/** Whether a file or folder of a package is for the image. Packages inside a package come by themselves when needed. */
function wanted(path: string, onnxFolder: string): boolean {
  // Nobody in the image reads types, source maps or prose.
  if (/\/node_modules$|\.d\.[cm]?ts$|\.map$|\.md$/.test(path)) return false;
  const [, binary] = /onnxruntime-node\/bin\/[^/]+\/([^/]+\/[^/]+)/.exec(path) ?? [];
  return binary === undefined || binary.startsWith(onnxFolder);
}
