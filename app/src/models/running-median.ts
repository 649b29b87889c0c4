/** How far one sample moves the estimate. */
const STEP = 1.05;

/**
 * The median of a stream, kept in one number. A sample moves it by a fixed share towards itself, however far away it
 * is: a pause of the garbage collector counts no more than any slow run, where it would pull a mean off for long.
 */
export class RunningMedian {
  #value: number;

  /** @param first what is taken for the median until samples say otherwise */
  constructor(first: number) {
    this.#value = first;
  }

  get value(): number {
    return this.#value;
  }

  add(sample: number): void {
    this.#value = sample > this.#value ? this.#value * STEP : this.#value / STEP;
  }
}
