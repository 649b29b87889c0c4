import { rmSync } from "node:fs";

/** Whether somebody asked this program to end; group.ts started it. */
export interface Asked {
  /** Kept when somebody asks. */
  readonly promise: Promise<void>;
  readonly already: () => boolean;
}

/** Hears what group.ts says: a signal, or the end of its channel when it is gone. */
export function whenAsked(): Asked {
  let asked = false;
  const promise = new Promise<void>((resolve) => {
    const leave = () => {
      asked = true;
      resolve();
    };
    process.once("SIGTERM", leave);
    process.once("disconnect", leave);
  });
  return { promise, already: () => asked };
}

/** The end of the program: its folder is group.ts's to delete, if that is still there. */
export function leave(folder: string): void {
  if (process.connected) process.disconnect();
  else rmSync(folder, { recursive: true, force: true });
}
