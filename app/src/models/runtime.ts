import { InferenceSession, Tensor } from "onnxruntime-node";
import { Unusable } from "./model.ts";
import { RunningMedian } from "./running-median.ts";

/** Rows that are scored in one run where they come few at a time. Guide, Machine Learning Model Optimization: batch_size. */
export const BATCH_ROWS = 32;

/**
 * On the CPU and on the thread that calls: processes and threads share the cores already. Errors come back as
 * exceptions, and are not printed as well.
 */
const OPTIONS: InferenceSession.SessionOptions = {
  executionProviders: ["cpu"],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
};

/** Rows of numbers, one after the other. */
export type Rows = Float32Array<ArrayBuffer>;

/** A model in memory. */
export interface Session {
  /** Milliseconds that a row takes among {@link BATCH_ROWS} others. */
  readonly msPerRow: number;
  /**
   * Scores rows.
   *
   * @param rows the session's from here on
   * @throws Unusable when the run fails
   */
  run(rows: Rows, count: number): Promise<Float32Array>;
  /** Gives the memory back. No run may be under way. */
  release(): Promise<void>;
}

/** @throws Unusable unless the bytes are those that were registered */
export async function verify(artifact: Uint8Array<ArrayBuffer>, sha256: string): Promise<void> {
  // Not on this thread: it takes a while for a large artifact.
  const digest = Buffer.from(await crypto.subtle.digest("SHA-256", artifact)).toString("hex");
  if (digest !== sha256) throw new Unusable("its artifact has another checksum than the one that was registered");
}

/**
 * Makes a model of bytes that passed {@link verify}, tries it and measures it.
 *
 * @param features numbers in a row
 * @throws Unusable when the bytes are no ONNX model, or one of another shape than float32 [rows, features] to [rows, 1]
 */
export async function openSession(artifact: Uint8Array<ArrayBuffer>, features: number): Promise<Session> {
  const session = await parse(artifact);
  try {
    const graph = new Graph(session, features);
    const msPerRow = new RunningMedian(await measure(graph, features));
    return {
      get msPerRow() {
        return msPerRow.value;
      },
      run: async (rows, count) => {
        const { scores, milliseconds } = await graph.run(rows, count);
        // A shorter run says more about the call than about the rows.
        if (count >= BATCH_ROWS) msPerRow.add(milliseconds / count);
        return scores;
      },
      release: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

async function parse(artifact: Uint8Array<ArrayBuffer>): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(artifact, OPTIONS);
  } catch (cause) {
    throw new Unusable("its artifact is no ONNX model that can be run here", { cause });
  }
}

/** The one input and the one output of a session. */
class Graph {
  readonly #session: InferenceSession;
  readonly #features: number;
  readonly #input: string;
  readonly #output: string;

  /** @throws Unusable when the graph takes or gives something else */
  constructor(session: InferenceSession, features: number) {
    this.#session = session;
    this.#features = features;
    const { inputMetadata: inputs, outputMetadata: outputs } = session;
    this.#input = onlyMatrix(inputs, features) ?? refuse("takes", inputs, features);
    this.#output = onlyMatrix(outputs, 1) ?? refuse("gives", outputs, 1);
  }

  /** The scores, and how long the thread was held for them. */
  async run(rows: Rows, count: number): Promise<{ scores: Float32Array; milliseconds: number }> {
    let began = 0;
    try {
      // The runtime runs in an immediate of its own: the one right after this.
      setImmediate(() => {
        began = performance.now();
      });
      const results = await this.#session.run({
        [this.#input]: new Tensor("float32", rows, [count, this.#features]),
      });
      const milliseconds = performance.now() - began;
      const scores = results[this.#output]?.data;
      if (!(scores instanceof Float32Array) || scores.length !== count) throw new Error("not one score for each row");
      return { scores, milliseconds };
    } catch (cause) {
      throw new Unusable("scoring rows with it failed", { cause });
    }
  }
}

type Metadata = InferenceSession.ValueMetadata;

/** The name of the only value, when it is a float32 matrix with any number of rows and this number of columns. */
function onlyMatrix(values: readonly Metadata[], columns: number): string | undefined {
  const [value, ...others] = values;
  if (value === undefined || others.length > 0 || !value.isTensor || value.type !== "float32") return undefined;
  const { name, shape } = value;
  return shape.length === 2 && typeof shape[0] === "string" && shape[1] === columns ? name : undefined;
}

function refuse(verb: string, values: readonly Metadata[], columns: number): never {
  const found = values.map((value) => (value.isTensor ? `${value.type} [${value.shape.join(", ")}]` : "no tensor"));
  throw new Unusable(`its graph ${verb} ${found.join(" and ")}, where float32 [rows, ${columns}] is needed`);
}

/** Rows that take longer are not tried in a full batch: it would hold the thread for long. */
const SLOW_MS = 1;
/** The fastest of so many runs counts: whatever else the machine does only adds to one. */
const TRIALS = 3;

/** Milliseconds for each row, of zeros. */
async function measure(graph: Graph, features: number): Promise<number> {
  const trial = async (count: number) => {
    const runs: number[] = [];
    while (runs.length < TRIALS) runs.push((await graph.run(new Float32Array(count * features), count)).milliseconds);
    return Math.min(...runs) / count;
  };
  const one = await trial(1);
  return one > SLOW_MS ? one : trial(BATCH_ROWS);
}
