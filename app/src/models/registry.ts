import { LRUCache } from "lru-cache";
import type { Artifacts } from "./artifacts.ts";
import { type Home, LoadedModel } from "./loaded-model.ts";
import { type ModelRow, ModelUnavailable, Unusable } from "./model.ts";
import { openSession, verify } from "./runtime.ts";
import type { Thread } from "./threaded.ts";

/**
 * Memory of a session for each byte of its artifact. Measured with onnxruntime-node 1.30 on the shipped forest, as the
 * growth by 20 sessions: 5.9 to 6.2. Trees unfold into nodes, a network's weights do not.
 */
const MEMORY_FACTOR = 7;

/** Opening the shipped forest's 360 kB holds the thread for 5 ms. Larger artifacts are opened beside the event loop. */
const LOOP_ARTIFACT_MAX_BYTES = 1024 ** 2;

/** How long a model that could not be loaded is not tried again: a broken one is not fetched for each request. */
export const RETRY_SECONDS = 5;
/** Failures that are remembered at a time. */
const MAX_FAILURES = 100;

/** What the registry has done so far, and holds. */
export interface RegistryStats {
  readonly loaded: number;
  readonly bytes: number;
  readonly loads: number;
  readonly evictions: number;
  /** Runs of sessions. */
  readonly runs: number;
}

/** Models that are loaded when they are first asked for, once, and kept while they are used and memory lasts. */
export class Registry {
  readonly #artifacts: Artifacts;
  readonly #thread: Thread;
  readonly #memoryBytes: number;
  readonly #models: LRUCache<string, LoadedModel>;
  readonly #loading = new Map<string, Promise<LoadedModel>>();
  readonly #failures: LRUCache<string, Unusable>;
  #loads = 0;
  #evictions = 0;
  #pastRuns = 0;

  /**
   * @param memoryBytes what the sessions may fill together
   * @param clock tells milliseconds
   */
  constructor(artifacts: Artifacts, thread: Thread, memoryBytes: number, clock: { now(): number } = performance) {
    this.#artifacts = artifacts;
    this.#thread = thread;
    this.#memoryBytes = memoryBytes;
    this.#failures = new LRUCache({ max: MAX_FAILURES, ttl: RETRY_SECONDS * 1000, ttlResolution: 0, perf: clock });
    this.#models = new LRUCache({
      maxSize: memoryBytes,
      sizeCalculation: ({ bytes }) => bytes,
      dispose: (model) => {
        this.#evictions += 1;
        this.#pastRuns += model.runs;
        model.evict();
      },
    });
  }

  /**
   * Does something with a model, which is loaded before where it is not.
   *
   * @param home where it is to run; a large artifact runs on the thread in any case
   * @throws ModelUnavailable when the model cannot be loaded or run
   */
  async use<T>(model: ModelRow, home: Home, work: (model: LoadedModel) => Promise<T>): Promise<T> {
    // By content: a file that is replaced is another model, and nothing of one that was never registered is run.
    const key = `${home}/${model.sha256}/${model.feature_count}`;
    try {
      const loaded = this.#models.get(key) ?? (await this.#load(key, model, home));
      return await loaded.use(work);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      // The session of a run that failed may have gone with its thread.
      this.#models.delete(key);
      throw new ModelUnavailable(model, error);
    }
  }

  /** Gives back the memory of all models but the one that was used last, which the next prediction is likely to need. */
  trim(): void {
    for (const key of [...this.#models.keys()].slice(1)) this.#models.delete(key);
  }

  /** Gives back the memory of all models. */
  clear(): void {
    this.#models.clear();
  }

  stats(): RegistryStats {
    const runs = [...this.#models.values()].reduce((sum, model) => sum + model.runs, this.#pastRuns);
    const { size: loaded, calculatedSize: bytes } = this.#models;
    return { loaded, bytes, loads: this.#loads, evictions: this.#evictions, runs };
  }

  /** One load at a time for each model, whoever asks. */
  #load(key: string, model: ModelRow, home: Home): Promise<LoadedModel> {
    const failure = this.#failures.get(key);
    if (failure !== undefined) return Promise.reject(failure);
    const under = this.#loading.get(key);
    if (under !== undefined) return under;
    const loading = this.#open(model, home)
      .then((loaded) => {
        this.#models.set(key, loaded);
        return loaded;
      })
      .catch((error: unknown) => {
        if (error instanceof Unusable) this.#failures.set(key, error);
        throw error;
      })
      .finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return loading;
  }

  async #open({ artifact, sha256, feature_count: features }: ModelRow, home: Home): Promise<LoadedModel> {
    this.#loads += 1;
    const content = await this.#artifacts.read(artifact);
    const bytes = content.length * MEMORY_FACTOR;
    if (bytes > this.#memoryBytes) {
      throw new Unusable(`it needs ${bytes} bytes of memory, of ${this.#memoryBytes} that models may fill`);
    }
    await verify(content, sha256);
    return home === "thread" || content.length > LOOP_ARTIFACT_MAX_BYTES
      ? new LoadedModel(await this.#thread.open(content, features), "thread", bytes)
      : new LoadedModel(await openSession(content, features), "loop", bytes);
  }
}
