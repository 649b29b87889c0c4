import { readFile } from "node:fs/promises";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { Refusal } from "./exit.ts";

const Parameters = Type.Array(
  Type.Object({
    name: Type.String(),
    /** As RDS wants it: a plain number in the unit, or a word. */
    value: Type.String(),
    unit: Type.Optional(
      Type.Union([
        Type.Literal("8kB"),
        Type.Literal("kB"),
        Type.Literal("MB"),
        Type.Literal("ms"),
        Type.Literal("s"),
        Type.Literal("min"),
      ]),
    ),
  }),
);

const Expected = Type.Object({
  /** PostgreSQL's major version. */
  major: Type.String(),
  /** Of the server that takes writes. */
  parameters: Parameters,
  /** Of its replicas; without them, the writer's. */
  replicaParameters: Type.Optional(Parameters),
});

/** What a server is to be configured with, as the infrastructure computes it. */
export type Expected = Static<typeof Expected>;

/** One parameter that a server is to have. */
export type ExpectedParameter = Expected["parameters"][number];

const shape = Compile(Expected);

/**
 * Reads the file that the infrastructure writes.
 *
 * @throws Refusal that names the file and what is wrong in it
 */
export async function readExpected(file: string): Promise<Expected> {
  const value = parsed(await content(file), file);
  const [problem] = shape.Errors(value);
  if (problem !== undefined) throw new Refusal(`${file}${problem.instancePath}: ${problem.message}`);
  return shape.Parse(value);
}

async function content(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new Refusal(`${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function parsed(json: string, file: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new Refusal(`${file} is not JSON: ${(error as Error).message}`);
  }
}
