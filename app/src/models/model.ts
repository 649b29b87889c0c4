/** A row of the table models. */
export interface ModelRow {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly algorithm_name: string;
  /** Share of right labels, 0 to 1; null where it was not measured. */
  readonly accuracy: number | null;
  readonly status: "active" | "retired";
  /** Name of the model's file in the place where models lie. */
  readonly artifact: string;
  /** SHA-256 of that file, in hexadecimal digits. */
  readonly sha256: string;
  /** Numbers in a row. */
  readonly feature_count: number;
  /** Rows that score at least this are anomalies; 0 to 1. */
  readonly threshold: number;
  readonly created_at: string;
  readonly updated_at: string;
}

/** A model that cannot predict: callers answer 503. The message is fit for a client. */
export class ModelUnavailable extends Error {
  constructor({ name, version }: Pick<ModelRow, "name" | "version">, reason: Unusable) {
    super(`The model ${name}, version ${version}, cannot be used: ${reason.message}.`, { cause: reason });
    this.name = "ModelUnavailable";
  }
}

/** Why an artifact cannot be used: the end of a sentence, fit for a client. What the client must not see is the cause. */
export class Unusable extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = "Unusable";
  }
}

/** More rows wait to be scored than a process takes on: callers answer 503 with Retry-After. */
export class ModelsBusy extends Error {
  constructor() {
    super("Too many rows wait to be scored.");
    this.name = "ModelsBusy";
  }
}
