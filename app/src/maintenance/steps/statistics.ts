import { mayRun } from "../server.ts";
import type { Step } from "./step.ts";

/** Begins the statistics of statements anew, in the owner's name: migrations/0006-maintenance. */
export const statisticsStep: Step = async ({ reader, server }) => {
  if (!(await mayRun(reader, "reset_statement_statistics()"))) {
    const message = `${server.user} may not run reset_statement_statistics(), or the migrations have not made it yet`;
    return { actions: [], problems: [{ subject: "statistics", message }] };
  }
  return { actions: [{ subject: "statistics", sql: "SELECT reset_statement_statistics()" }], problems: [] };
};
