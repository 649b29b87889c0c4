import type { Clock } from "./logger.ts";
import { FIRST_LEVEL_MS } from "./namespaces.ts";

interface Flight<T> {
  readonly result: Promise<T>;
  /** On the clock. */
  readonly began: number;
}

/** Does the same work once for all who ask for it at the same time. */
export class SingleFlight<T> {
  readonly #clock: Clock;
  #flights = new Map<string, Flight<T>>();
  #epoch = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Changes when the work under way is outdated: its result is not to be kept. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * The result of the work that is under way for the key, or of new work. Work that began longer than
   * {@link FIRST_LEVEL_MS} ago is not joined: another process may have invalidated what it reads.
   */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const now = this.#clock();
    const under = this.#flights.get(key);
    if (under !== undefined && now - under.began < FIRST_LEVEL_MS) return under.result;
    const flight = { result: work(), began: now };
    this.#flights.set(key, flight);
    const land = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.result.then(land, land);
    return flight.result;
  }

  /** Whoever asks from now on gets the result of work that begins from now on. */
  handOver(): void {
    this.#epoch += 1;
    this.#flights = new Map();
  }
}
