import type { Wanted } from "../../database/migrations/wanted.ts";
import type { Action } from "../action.ts";
import type { Keep } from "../command.ts";
import type { Reader } from "../connection.ts";
import type { Server } from "../server.ts";

/** What the steps work on. */
export interface Workplace {
  readonly reader: Reader;
  readonly server: Server;
  readonly wanted: Wanted;
  readonly keep: Keep;
}

/** What a step has to do, and what it would have to do and cannot. */
export interface Plan {
  readonly actions: readonly Action[];
  readonly problems: readonly Problem[];
}

/** Something that cannot be done. */
export interface Problem {
  readonly subject: string;
  readonly message: string;
}

/** Looks what a step has to do now; nothing, where all is as it is to be. */
export type Step = (workplace: Workplace) => Promise<Plan>;
