/** What a rehearsal uses of the service and of its benchmarks, whose modules are ESM. */
export const loadModules = async () => ({
  ...(await import("../../app/local/group.ts")),
  ...(await import("../../app/local/asked.ts")),
  ...(await import("../../app/local/stack.ts")),
  ...(await import("../../app/local/postgres.ts")),
  ...(await import("../../app/local/key.ts")),
  ...(await import("../../app/src/maintenance/main.ts")),
  ...(await import("../../app/src/maintenance/settings.ts")),
  ...(await import("../../bench/database/server.ts")),
  ...(await import("../../bench/database/data.ts")),
  ...(await import("../../bench/database/queries.ts")),
  ...(await import("../../bench/database/measure-queries.ts")),
  ...(await import("../../bench/database/compare.ts")),
  ...(await import("../../bench/api/processes.ts")),
  ...(await import("../../bench/api/cpu.ts")),
  ...(await import("../../bench/api/redis.ts")),
});

export type Modules = Awaited<ReturnType<typeof loadModules>>;
