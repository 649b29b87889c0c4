import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import { serveLanguage } from "./language";
import { type StandIn, serveProvider } from "./provider";

/** The root of the repository, which is the program. */
export const REPOSITORY = join(__dirname, "../..");

/** Both policy packs, as `pulumi up --policy-pack` takes them. */
export const POLICY_PACKS = ["resources", "security"].map((pack) => join(REPOSITORY, "policy", pack));

const PACKAGES = ["aws", "kubernetes", "random", "docker"];

/** A stack on the real Pulumi engine: state in a temporary directory, stand-ins for the clouds and the language host. */
export interface Engine {
  readonly stack: Stack;
  readonly provider: StandIn;
  /** Holds the backend, with every checkpoint that the engine wrote. */
  readonly directory: string;
  /** Stops the stand-ins and removes the directory. */
  close(): Promise<void>;
}

/**
 * Creates a stack with the repository's own configuration.
 *
 * @param stackName The stack whose `Pulumi.<stack>.yaml` it takes.
 * @param program The directory or file to run as the program.
 */
export async function startEngine(stackName: string, program = REPOSITORY): Promise<Engine> {
  const pulumiCommand = await installedCommand();
  const directory = await mkdtemp(join(tmpdir(), "pulumi-engine-"));
  const [provider, language] = await Promise.all([serveProvider(), serveLanguage()]);
  const close = async () => {
    provider.close();
    language.close();
    await rm(directory, { recursive: true });
  };

  try {
    // A project of its own, because creating a stack writes the salt of its passphrase into the stack's file.
    const settings = `Pulumi.${stackName}.yaml`;
    const project = parse(await readFile(join(REPOSITORY, "Pulumi.yaml"), "utf8"));
    await writeFile(join(directory, "Pulumi.yaml"), stringify({ ...project, main: program }));
    await copyFile(join(REPOSITORY, settings), join(directory, settings));
    await mkdir(join(directory, "state"));

    const stack = await LocalWorkspace.createStack(
      { stackName, workDir: directory },
      {
        pulumiCommand,
        pulumiHome: join(directory, "home"),
        envVars: {
          PATH: [join(__dirname, "bin"), dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter),
          PULUMI_BACKEND_URL: `file://${join(directory, "state")}`,
          PULUMI_CONFIG_PASSPHRASE: "of a stack that lives for a test",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          PULUMI_DEBUG_LANGUAGES: `nodejs:${language.port}`,
          PULUMI_DEBUG_PROVIDERS: PACKAGES.map((name) => `${name}:${provider.port}`).join(","),
        },
      },
    );
    return { stack, provider, directory, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The command-line program that `cli/build.sh` builds. */
async function installedCommand(): Promise<PulumiCommand> {
  const root = process.env.PULUMI_CLI_DIR ?? join(REPOSITORY, ".cache");
  try {
    return await PulumiCommand.get({ root });
  } catch (cause) {
    throw new Error(`there is no Pulumi CLI in ${join(root, "bin")}: run test/engine/cli/build.sh`, { cause });
  }
}
