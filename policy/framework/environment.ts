/** Environment variables by which a container states the numbers that stack rules need. Seconds, unless the name says otherwise. */
export const ENVIRONMENT = {
  /** Processes in one pod, each with pools of its own. */
  workers: "WORKERS",
  /** Largest pool of one process to the writer, or to its proxy. */
  writerPool: "DATABASE_WRITER_POOL_MAX",
  /** Largest pool of one process to each read replica. */
  readerPool: "DATABASE_READER_POOL_MAX",
  /** After which the API gives a request up. */
  requestTimeout: "REQUEST_TIMEOUT_SECONDS",
  /** After which the API closes an idle connection. */
  keepAlive: "KEEP_ALIVE_TIMEOUT_SECONDS",
  /** For which the API waits for a request's headers. */
  headersTimeout: "HEADERS_TIMEOUT_SECONDS",
  /** After which PostgreSQL gives a statement up. */
  statementTimeout: "STATEMENT_TIMEOUT_SECONDS",
  /** In which the API finishes its requests once it is told to stop. */
  shutdownTimeout: "SHUTDOWN_TIMEOUT_SECONDS",
} as const;
