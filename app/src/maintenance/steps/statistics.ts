import { byFunction } from "./by-function.ts";

/** Begins the statistics of statements anew: migrations/0006-maintenance. */
export const statisticsStep = byFunction("reset_statement_statistics()", () => ({
  subject: "statistics",
  sql: "SELECT reset_statement_statistics()",
}));
