/** From where on `analyze` calls something a finding. Those without a source are decided here. */
export const THRESHOLDS = {
  /** Calls from which on a statement is judged. Guide, Query Performance Optimization: `calls > 10`. */
  statementCalls: 10,
  /** Mean time of a statement. Guide, Performance Targets: `query_response_time: < 10ms`. */
  statementMs: 10,
  /** Share of the pages read that the server had in memory, and the pages after which it no longer is the start's. */
  cacheHitRatio: 0.99,
  cacheBlocks: 100_000,
  /** Days of statistics before an index that nobody used is called unused: a week has all weekdays. */
  unusedDays: 7,
  /** Whole scans of a table, and the rows of each. Making an index scans the table, too. */
  sequentialScans: 50,
  sequentialRows: 10_000,
  /** Shares of a table's pages, and of an index's: rows that come and go leave a B-tree at two thirds by itself. */
  deadShare: 0.2,
  tableBloatShare: 0.5,
  indexBloatShare: 0.4,
  /** How many times what makes autovacuum work it is behind. */
  vacuumBacklog: 2,
  /** Rows of a table that is worth statistics. */
  analyzedRows: 1000,
  /** Times autovacuum_freeze_max_age, at which autovacuum was to begin. */
  freezeAge: 1.25,
  /** Transactions, of the two thousand million after which the server takes no writes. */
  wraparoundAge: 1_000_000_000,
  /** Guide, Performance Targets: `connection_pool_utilization: < 80%`. */
  connectionShare: 0.8,
  connectionShareCritical: 0.95,
  /** Seconds. The service's statements end after 25 s, a forgotten transaction after 60 s. */
  transactionSeconds: 300,
  idleInTransactionSeconds: 60,
  lockWaitSeconds: 1,
} as const;

/** The names of {@link THRESHOLDS}, with any numbers. */
export type Thresholds = { readonly [Name in keyof typeof THRESHOLDS]: number };
