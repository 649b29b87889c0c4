import type { Cache } from "../cache/cache.ts";
import type { Database, Executor } from "../database/database.ts";
import type { Models } from "../models/models.ts";
import type { Tracing } from "./tracing.ts";

/** The database with a span for each statement, which says the statement's name and none of its values; as it is without tracing. */
export function tracedDatabase(database: Database, tracing: Tracing | undefined): Database {
  if (tracing === undefined) return database;
  const span = <T>(name: string, work: () => Promise<T>) =>
    tracing.span(`sql ${name}`, { "db.system.name": "postgresql", "db.operation.name": name }, work);
  const query =
    (executor: Executor): Executor["query"] =>
    (statement, values) =>
      span(statement.name, () => executor.query(statement, values));
  return {
    warm: (...first) => database.warm(...first),
    check: () => database.check(),
    stats: () => database.stats(),
    close: () => database.close(),
    read: (statement, values, reading) => span(statement.name, () => database.read(statement, values, reading)),
    readText: (statement, values, reading) => span(statement.name, () => database.readText(statement, values, reading)),
    write: (statement, values) => span(statement.name, () => database.write(statement, values)),
    transaction: (work) =>
      span("transaction", () =>
        database.transaction((tx) =>
          work({ query: query(tx), copyFrom: (sql, rows) => span("copy", () => tx.copyFrom(sql, rows)) }),
        ),
      ),
  };
}

/** The cache with a span for each call that may leave the process, which says the namespace and no key; as it is without tracing. */
export function tracedCache(cache: Cache, tracing: Tracing | undefined): Cache {
  if (tracing === undefined) return cache;
  const span = <T>(operation: string, namespace: string, work: () => Promise<T>) =>
    tracing.span(
      `cache ${operation} ${namespace}`,
      { "db.system.name": "redis", "db.operation.name": operation, "db.namespace": namespace },
      work,
    );
  return {
    peekBody: (namespace, key) => cache.peekBody(namespace, key),
    onInvalidation: (listener) => cache.onInvalidation(listener),
    applyInvalidation: (message) => cache.applyInvalidation(message),
    trim: () => cache.trim(),
    stats: () => cache.stats(),
    details: () => cache.details(),
    health: () => cache.health(),
    close: () => cache.close(),
    body: (namespace, ...rest) => span("body", namespace, () => cache.body(namespace, ...rest)),
    cached: (namespace, ...rest) => span("cached", namespace, () => cache.cached(namespace, ...rest)),
    get: (namespace, key) => span("get", namespace, () => cache.get(namespace, key)),
    set: (namespace, ...rest) => span("set", namespace, () => cache.set(namespace, ...rest)),
    delete: (namespace, key) => span("delete", namespace, () => cache.delete(namespace, key)),
    getMany: (namespace, keys) => span("getMany", namespace, () => cache.getMany(namespace, keys)),
    setMany: (namespace, ...rest) => span("setMany", namespace, () => cache.setMany(namespace, ...rest)),
    clearNamespace: (namespace) => span("clearNamespace", namespace, () => cache.clearNamespace(namespace)),
  };
}

/** The models with a span for each prediction, which says the model and how many rows; as they are without tracing. */
export function tracedModels(models: Models, tracing: Tracing | undefined): Models {
  if (tracing === undefined) return models;
  return {
    trim: () => models.trim(),
    stats: () => models.stats(),
    check: () => models.check(),
    close: () => models.close(),
    predict: (model, rows, features) =>
      tracing.span(
        `predict ${model.name}`,
        { "pynomaly.model.version": model.version, "pynomaly.model.rows": rows.length / features },
        () => models.predict(model, rows, features),
      ),
  };
}
