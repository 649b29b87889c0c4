import { pino } from "pino";
import { localEnvironment } from "../../local/environment.ts";
import { serverConfig } from "../config.ts";
import { buildApp } from "./app.ts";
import type { Services } from "./services.ts";

/** The committed document. */
export const OPENAPI_FILE = new URL("../../openapi.json", import.meta.url);

/** The OpenAPI document of the routes as they are, as the committed file has it. Needs nothing that the routes work with. */
export async function openApiText(): Promise<string> {
  const services: Services = {
    config: serverConfig(localEnvironment({ databasePort: 1, databaseSecret: "none", cachePort: 1 })),
    logger: pino({ level: "silent" }),
    database: standIn("database"),
    cache: standIn("cache"),
    limiter: standIn("limiter"),
    sessions: standIn("sessions"),
    models: standIn("models"),
    metrics: standIn("metrics"),
    isDraining: () => false,
  };
  const app = await buildApp(services);
  try {
    await app.ready();
    return `${JSON.stringify(app.swagger(), undefined, 2)}\n`;
  } finally {
    await app.close();
  }
}

/** Something of which nothing is used but some members; a use of another is an error. */
export function standIn<T extends object>(name: string, members: Partial<NoInfer<T>> = {}): T {
  return new Proxy<T>(members as T, {
    get(target, property, receiver) {
      if (Reflect.has(target, property)) return Reflect.get(target, property, receiver);
      throw new Error(`nothing is there for ${String(property)} of the ${name}`);
    },
  });
}
