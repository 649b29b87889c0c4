import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../src/run.ts";

/**
 * `make run`: this process owns the terminal, all others belong to instance.ts, which is a process group of its own. So
 * Ctrl-C, which a terminal sends to a whole group, reaches this process alone, and the rest is stopped in order: the
 * service, then what it needs. Killed itself, it takes the instance with it, which sees its channel close; whoever kills
 * the instance too, with SIGKILL, has PostgreSQL and Redis to stop and a temporary folder to delete.
 */
await run(async () => {
  const ports = { PORT: process.env.PORT ?? "8000", METRICS_PORT: process.env.METRICS_PORT ?? "9000" };
  for (const [name, port] of Object.entries(ports)) await requireFree(name, port);

  const folder = mkdtempSync(join(tmpdir(), "pynomaly-run-"));
  // PostgreSQL runs as nobody where this runs as root, and has its own folder in there.
  chmodSync(folder, 0o711);
  const instance = spawn(process.execPath, [fileURLToPath(new URL("instance.ts", import.meta.url)), folder], {
    detached: true,
    env: { ...process.env, ...ports, TMPDIR: folder },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const killRest = () => {
    try {
      process.kill(-(instance.pid ?? 0), "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };
  let asked = false;
  const stop = () => {
    if (asked) return killRest();
    asked = true;
    console.log("stopping; once more to stop at once");
    instance.kill("SIGTERM");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);

  const [code] = await once(instance, "exit");
  killRest();
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = asked ? 0 : (code ?? 1);
});

/** @throws Error that says what to do when something listens on the port */
async function requireFree(name: string, port: string): Promise<void> {
  const server = createServer().listen(Number(port));
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new Error(
      `port ${port} is in use: stop what listens there, or choose another: ${name}=${Number(port) + 1} make run`,
    );
  }
  server.close();
  await once(server, "close");
}
