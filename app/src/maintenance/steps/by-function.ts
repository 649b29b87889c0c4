import type { Action } from "../action.ts";
import { mayRun } from "../server.ts";
import type { Step, Workplace } from "./step.ts";

/**
 * A step that is one call of a function that runs in the name of the schema's owner.
 *
 * @param signature the function, with its parameters' types
 */
export function byFunction(signature: string, actionOf: (workplace: Workplace) => Action): Step {
  const name = signature.slice(0, signature.indexOf("("));
  return async (workplace) => {
    const { reader, server } = workplace;
    const action = actionOf(workplace);
    if (await mayRun(reader, signature)) return { actions: [action], problems: [] };
    const message = `${server.user} may not run ${name}(), or the migrations have not made it yet`;
    return { actions: [], problems: [{ subject: action.subject, message }] };
  };
}
