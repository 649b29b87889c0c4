import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { recordProgram } from "../ops/preview/recorder";
import { readStackConfig } from "../ops/preview/stack-config";

const root = join(__dirname, "..");
const index = join(root, "index.ts");

/** What `apply` is on every output. */
const outputs = Object.getPrototypeOf(pulumi.output(0)) as {
  apply: (callback: (value: unknown) => unknown, ...rest: unknown[]) => unknown;
};

/** Runs a program for a stack and returns it with the names of the resources that it makes in the callback of an `apply`. */
async function observe(stack: string, program: () => unknown) {
  const insideApply = new AsyncLocalStorage<true>();
  const made: string[] = [];
  const { apply } = outputs;
  outputs.apply = function (callback, ...rest) {
    return apply.call(this, (value) => insideApply.run(true, () => callback(value)), ...rest);
  };
  try {
    const recording = await recordProgram(
      () => {
        pulumi.runtime.registerStackTransformation(({ name }) => {
          if (insideApply.getStore()) made.push(name);
          return undefined;
        });
        return program();
      },
      { stack, ...readStackConfig(root, stack), disabledDefaultProviders: [] },
    );
    return { ...recording, made };
  } finally {
    outputs.apply = apply;
  }
}

function load(): unknown {
  delete require.cache[index];
  return require(index);
}

// What an apply of an output that is unknown here would make, the engine's tests find: there every output is known.
describe("the program", () => {
  for (const stack of ["prod", "dev"]) {
    it(`calls no provider function and makes nothing inside an apply (${stack})`, async () => {
      const { graph, made } = await observe(stack, load);
      assert.ok(graph.resources.length > 200);
      assert.deepEqual(graph.invokes, []);
      assert.deepEqual(made, []);
    });
  }

  it("would be caught making a resource inside an apply", async () => {
    class Late extends pulumi.ComponentResource {}
    const { made } = await observe("dev", () =>
      pulumi.output("late").apply((name) => void new Late("test:x:Late", name)),
    );
    assert.deepEqual(made, ["late"]);
  });
});
