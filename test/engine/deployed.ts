import { type Engine, startEngine } from "./engine";

let deployed: Promise<Engine> | undefined;

/**
 * The production stack as `pulumi up` first leaves it, deployed once for all tests. Whoever changes a stack starts one
 * `like` it.
 */
export function deployedProduction(): Promise<Engine> {
  deployed ??= deploy();
  return deployed;
}

async function deploy(): Promise<Engine> {
  const engine = await startEngine("prod");
  try {
    await engine.stack.up();
    return engine;
  } catch (error) {
    await engine.close();
    throw error;
  }
}

// Where it failed, it has told so to the test that asked for it.
after(async () => (await deployed?.catch(() => undefined))?.close());
