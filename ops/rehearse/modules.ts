/** What a rehearsal uses of the service and of its benchmarks, whose modules are ESM. */
export async function loadModules() {
  const [
    group,
    asked,
    stack,
    postgres,
    environment,
    settings,
    servers,
    data,
    queries,
    measuring,
    comparing,
    processes,
  ] = await Promise.all([
    import("../../app/local/group.ts"),
    import("../../app/local/asked.ts"),
    import("../../app/local/stack.ts"),
    import("../../app/local/postgres.ts"),
    import("../../app/src/run.ts"),
    import("../../app/src/maintenance/settings.ts"),
    import("../../bench/database/server.ts"),
    import("../../bench/database/data.ts"),
    import("../../bench/database/queries.ts"),
    import("../../bench/database/measure-queries.ts"),
    import("../../bench/database/compare.ts"),
    import("../../bench/api/processes.ts"),
  ]);
  return {
    ...group,
    ...asked,
    ...stack,
    ...postgres,
    ...environment,
    ...settings,
    ...servers,
    ...data,
    ...queries,
    ...measuring,
    ...comparing,
    ...processes,
    ...key,
    ...cpu,
    ...redis,
  };
}

export type Modules = Awaited<ReturnType<typeof loadModules>>;
