import { createColors } from "picocolors";

/** Colours for what is written to a stream: none when it is not a terminal, or when NO_COLOR is set. */
export function colorsFor(stream: NodeJS.WriteStream): ReturnType<typeof createColors> {
  return createColors(stream.isTTY === true && !process.env.NO_COLOR);
}

/** Colours of the document itself. */
export const colors = colorsFor(process.stdout);
