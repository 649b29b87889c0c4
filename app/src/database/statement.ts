/** An SQL statement. */
export interface Statement {
  /** Unlike any other statement's: replicas prepare it under this name. On the writer statements have none (RDS Proxy). */
  readonly name: string;
  readonly text: string;
  /** Planned for its values each time, as they decide which plan is good: replicas do not prepare it. */
  readonly unprepared?: boolean;
}

/** Runs statements. */
export interface Executor {
  /** Rows as objects: timestamps as ISO 8601 text in UTC with microseconds, bigint and numeric as numbers. */
  query<Row>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
}
