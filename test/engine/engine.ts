import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import { serveLanguage } from "./language";
import { type StandIn, serveProvider } from "./provider";
import { repository } from "./repository";
import { type Settings, withSettings } from "./settings";

/** The root of the repository. */
export const REPOSITORY = join(__dirname, "../..");

/** Both policy packs, as `pulumi up --policy-pack` takes them. */
export const POLICY_PACKS = ["resources", "security"].map((pack) => join(REPOSITORY, "policy", pack));

/** Where `cli/build.sh` puts the command-line program. */
export const CLI_DIRECTORY = join(process.env.PULUMI_CLI_DIR ?? join(REPOSITORY, ".cache"), "bin");

const PACKAGES = ["aws", "kubernetes", "random", "docker"];

/** A stack on the real Pulumi engine: state in a temporary directory, stand-ins for the clouds and the language host. */
export interface Engine {
  readonly stack: Stack;
  readonly provider: StandIn;
  /** Holds the backend, with every checkpoint that the engine wrote. */
  readonly directory: string;
  /** With which a shell finds the CLI and this stack. */
  readonly environment: Readonly<Record<string, string>>;
  /** Changes keys of the stack's configuration. */
  configure(settings: Settings): Promise<void>;
  /** Stops the stand-ins and removes the directory. */
  close(): Promise<void>;
}

/** What a stack starts from. */
export interface EngineOptions {
  /** The directory or file to run as the program. @default the repository's */
  readonly program?: string;
  /** Whether the program's types are checked before it runs, as pulumi does: most of the time that it takes. @default false */
  readonly typeCheck?: boolean;
  /** A stack of the same name to start as a copy of: its state, its settings, and what exists in its clouds. */
  readonly like?: Engine;
}

/**
 * Creates a stack with the repository's own configuration.
 *
 * @param stackName The stack whose `Pulumi.<stack>.yaml` it takes.
 */
export async function startEngine(stackName: string, options: EngineOptions = {}): Promise<Engine> {
  const { program = repository.root, typeCheck = false, like } = options;
  const pulumiCommand = await installedCommand();
  const directory = await mkdtemp(join(tmpdir(), "pulumi-engine-"));
  const world = new Map(structuredClone([...(like?.provider.world ?? [])]));
  const [provider, language] = await Promise.all([serveProvider(world), serveLanguage(typeCheck)]);
  const close = async () => {
    provider.close();
    language.close();
    await rm(directory, { recursive: true });
  };

  try {
    if (like === undefined) await newProject(directory, stackName, program);
    else await cp(like.directory, directory, { recursive: true });

    const pulumiHome = join(directory, "home");
    const environment = {
      PATH: [
        join(__dirname, "bin"),
        dirname(pulumiCommand.command),
        dirname(process.execPath),
        "/usr/bin",
        "/bin",
      ].join(delimiter),
      PULUMI_HOME: pulumiHome,
      PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "of a stack that lives for a test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DEBUG_LANGUAGES: `nodejs:${language.port}`,
      PULUMI_DEBUG_PROVIDERS: PACKAGES.map((name) => `${name}:${provider.port}`).join(","),
    };
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName, workDir: directory },
      { pulumiCommand, pulumiHome, envVars: environment },
    );
    const configure = async (settings: Settings) => {
      const file = join(directory, `Pulumi.${stackName}.yaml`);
      await writeFile(file, withSettings(await readFile(file, "utf8"), settings));
    };
    return { stack, provider, directory, environment, configure, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A project of its own, because creating a stack writes the salt of its passphrase into the stack's file. */
async function newProject(directory: string, stackName: string, program: string): Promise<void> {
  const settings = `Pulumi.${stackName}.yaml`;
  const project = parse(await readFile(join(repository.root, "Pulumi.yaml"), "utf8"));
  await writeFile(join(directory, "Pulumi.yaml"), stringify({ ...project, main: program }));
  await copyFile(join(repository.root, settings), join(directory, settings));
  await mkdir(join(directory, "state"));
}

/** The command-line program that `cli/build.sh` builds. */
async function installedCommand(): Promise<PulumiCommand> {
  try {
    return await PulumiCommand.get({ root: dirname(CLI_DIRECTORY) });
  } catch (cause) {
    throw new Error(`there is no Pulumi CLI in ${CLI_DIRECTORY}: run test/engine/cli/build.sh`, { cause });
  }
}
