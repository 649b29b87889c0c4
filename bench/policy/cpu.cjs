/** Loaded first by a pack's process, appends the CPU time that it has used, start and all, to a file when it ends. */
const { appendFileSync } = require("node:fs");

process.on("exit", () => {
  const { user, system } = process.cpuUsage();
  appendFileSync(process.env.CPU_FILE, `${(user + system) / 1000}\n`);
});
