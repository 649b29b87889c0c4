import type { Logger } from "pino";
import type { Supervisor } from "./supervisor.ts";

/** Ends this process on a signal. The first lets requests finish, a second does not; 0 only when every request finished. */
export function leaveOnSignal(supervisor: Pick<Supervisor, "stop" | "kill">, logger: Logger): void {
  let leaving = false;
  const leave = async (signal: string) => {
    if (leaving) {
      logger.warn({ signal }, "leaving at once");
      supervisor.kill();
      process.exit(1);
    }
    leaving = true;
    logger.info({ signal }, "draining");
    const finished = await supervisor.stop();
    if (finished) logger.info("every request finished");
    else logger.warn("requests were cut off");
    process.exit(finished ? 0 : 1);
  };
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, leave);
}
