import type { Cache } from "../cache/cache.ts";
import type { ServerConfig } from "../config.ts";
import { createArtifacts } from "./artifacts.ts";
import { type ModelRow, ModelsBusy, ModelUnavailable, Unusable } from "./model.ts";
import { PredictionCache } from "./prediction-cache.ts";
import { Registry, type RegistryStats } from "./registry.ts";
import type { Rows } from "./runtime.ts";
import { createThread } from "./threaded.ts";

/**
 * How long one run may hold the event loop. Longer ones go to the thread, to which the way takes 0.11 to 0.17 ms, as
 * measured with the shipped forest; it scores 256 rows in 1 ms.
 */
const LOOP_HOLD_MS = 1;

/** Numbers that wait to be scored, 32 MB of them. */
const MAX_WAITING = 8_000_000;

/** What a model says of rows. */
export interface Scored {
  /** 0 to 1 for each row; the higher, the more anomalous. */
  readonly scores: Float32Array;
  /** 1 for each row that scores at least the model's threshold, 0 for the others. */
  readonly labels: Int8Array;
}

/** What the models have done so far, and hold. */
export interface ModelStats extends RegistryStats {
  /** Rows whose score was in the prediction cache. */
  readonly cachedRows: number;
}

/** Models that score rows. */
export interface Models {
  /**
   * Scores rows.
   *
   * @param rows all finite; the prediction's own from here on, as they may move to the thread
   * @param features numbers in a row: the model's `feature_count`
   * @throws ModelUnavailable when the model cannot be loaded or run, ModelsBusy when too many rows wait
   */
  predict(model: ModelRow, rows: Rows, features: number): Promise<Scored>;
  /** Gives memory back; models are loaded again when they are needed. */
  trim(): void;
  stats(): ModelStats;
  /** @throws Error when the place where models lie cannot be read; those in memory predict all the same */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** What the models work with. */
export interface ModelsOptions {
  readonly config: Pick<ServerConfig, "AWS_REGION" | "MODELS_LOCATION" | "MODELS_MEMORY_BYTES">;
  readonly cache: Pick<Cache, "getMany" | "setMany">;
}

/** The guide's MLModelOptimizer: models on ONNX Runtime, loaded lazily and kept, predictions in batches and cached. */
export function createModels({ config, cache }: ModelsOptions): Models {
  const artifacts = createArtifacts(config.MODELS_LOCATION, config.AWS_REGION);
  const thread = createThread();
  const registry = new Registry(artifacts, thread, config.MODELS_MEMORY_BYTES);
  const predictions = new PredictionCache(cache);
  let waiting = 0;

  const score = (model: ModelRow, rows: Rows, count: number) =>
    registry.use(model, "loop", (loaded) => {
      const compute = (some: Rows, size: number) =>
        loaded.home === "loop" && loaded.milliseconds(size) > LOOP_HOLD_MS
          ? registry.use(model, "thread", (threaded) => threaded.score(some, size))
          : loaded.score(some, size);
      return predictions.isWorth(model, count, loaded.milliseconds(count))
        ? predictions.scores(model, rows, count, compute)
        : compute(rows, count);
    });

  return {
    predict: async (model, rows, features) => {
      if (features !== model.feature_count) throw new RangeError(`${features} features, not ${model.feature_count}`);
      const values = rows.length;
      if (waiting + values > MAX_WAITING) throw new ModelsBusy();
      waiting += values;
      try {
        return scored(model, await score(model, rows, values / features));
      } finally {
        waiting -= values;
      }
    },
    trim: () => registry.trim(),
    stats: () => ({ ...registry.stats(), cachedRows: predictions.hits }),
    check: () => artifacts.check(),
    close: async () => {
      registry.clear();
      await thread.close();
      artifacts.close();
    },
  };
}

function scored(model: ModelRow, scores: Float32Array): Scored {
  const labels = new Int8Array(scores.length);
  for (const [index, score] of scores.entries()) {
    if (!(score >= 0 && score <= 1)) {
      throw new ModelUnavailable(model, new Unusable(`it scores ${score}, where 0 to 1 is needed`));
    }
    labels[index] = score >= model.threshold ? 1 : 0;
  }
  return { scores, labels };
}
