import { fileURLToPath } from "node:url";
import { run } from "../src/run.ts";
import { isFree, runGroup } from "./group.ts";

/** `make run`: the service and what it needs, which instance.ts starts. */
await run(async () => {
  const ports = { PORT: process.env.PORT ?? "8000", METRICS_PORT: process.env.METRICS_PORT ?? "9000" };
  for (const [name, port] of Object.entries(ports)) {
    if (await isFree(Number(port))) continue;
    throw new Error(
      `port ${port} is in use: stop what listens there, or choose another: ${name}=${Number(port) + 1} make run`,
    );
  }
  const module = fileURLToPath(new URL("instance.ts", import.meta.url));
  const { asked, code } = await runGroup({ module, env: { ...process.env, ...ports }, prefix: "pynomaly-run-" });
  process.exitCode = asked ? 0 : (code ?? 1);
});
