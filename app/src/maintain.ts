import { maintain } from "./maintenance/main.ts";

/** The database tool; `maintain.ts --help` says how it is called. The document goes to standard output, all else to standard error. */
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // The second one: whoever asks twice does not wait for what has to be cleaned up.
    if (interrupted.signal.aborted) process.exit(130);
    console.error("interrupted: it cleans up; once more to leave at once");
    interrupted.abort();
  });
}

process.exitCode = await maintain(process.argv.slice(2), {
  environment: process.env,
  write: (text) => process.stdout.write(text),
  note: (line) => console.error(line),
  interrupted: interrupted.signal,
});
