/** Runs a program's action on Linux; a failure becomes its message (the whole error with DEBUG set) and exit code 2. */
export async function program(action: () => Promise<void>): Promise<void> {
  try {
    if (process.platform !== "linux") throw new Error("CPU times are read from /proc: the benchmark runs on Linux");
    await action();
  } catch (error) {
    console.error(error instanceof Error && !process.env.DEBUG ? `error: ${error.message}` : error);
    process.exit(2);
  }
}
