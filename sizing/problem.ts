/** One thing that is wrong with a stack's configuration. */
export interface Problem {
  /** The configuration key, as written in `Pulumi.<stack>.yaml` without the project's prefix. */
  readonly key: string;
  /** What was found there, ready to print. */
  readonly found: string;
  /** What is allowed instead. */
  readonly allowed: string;
}
