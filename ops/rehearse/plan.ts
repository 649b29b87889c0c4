import { totalmem } from "node:os";
import { type MachineSizing, MachineTooSmall, machineSizing } from "../../sizing/machine";
import { bytes } from "../../sizing/units";
import { ConfigurationError } from "../command/errors";
import { stackSettings } from "../stack-settings";
import { type PodEnvironment, podEnvironment } from "./environment";
import type { Options } from "./options";

/** The memory that this machine has for what runs here. */
export interface MachineMemory {
  readonly bytes: number;
  /** Who says so. */
  readonly source: "the memory cgroup" | "the machine";
}

/** A stack as it runs on this machine. */
export interface Plan {
  readonly options: Options;
  readonly machine: MachineMemory;
  /** PostgreSQL's major version in the stack. */
  readonly major: string;
  readonly databaseClass: string;
  readonly cacheNode: string;
  /** Memory that the stack's parameters are computed from, and what its cache node holds. */
  readonly stackMemory: { readonly database: number; readonly cache: number };
  readonly sizing: MachineSizing;
  readonly environment: PodEnvironment;
  /** Pods that the stack has: so many at least, and at most. Here it is one. */
  readonly pods: { readonly min: number; readonly max: number };
}

/** A container may have less memory than its machine. */
function machineMemory(): MachineMemory {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem()
    ? { bytes: limit, source: "the memory cgroup" }
    : { bytes: totalmem(), source: "the machine" };
}

/**
 * What a stack's rehearsal on this machine runs with.
 *
 * @throws ConfigurationError, SettingsError
 */
export function readPlan(root: string, options: Options): Plan {
  const { settings, plan } = stackSettings(root, options.stack);
  const machine = machineMemory();
  const [major = settings.databaseEngineVersion] = settings.databaseEngineVersion.split(".");
  const sizing = () =>
    machineSizing({
      engineMajor: major,
      maxConnections: settings.databaseMaxConnections,
      workMemBytes: bytes(settings.databaseWorkMem),
      statementLogging: settings.databaseStatementLogging,
      statementTimeoutMs: plan.timeline.statementTimeoutSeconds * 1000,
      database: plan.database,
      cache: plan.cache,
      memoryBytes: machine.bytes,
      exact: options.exact,
    });
  return {
    options,
    machine,
    major,
    databaseClass: settings.databaseInstanceClass,
    cacheNode: settings.cacheNodeType,
    stackMemory: { database: plan.database.memory.totalBytes, cache: plan.cache.maxMemoryBytes },
    sizing: fitting(sizing, options),
    environment: podEnvironment({
      connections: plan.connections,
      timeline: plan.timeline,
      memoryLimit: settings.apiMemoryLimit,
      machineBytes: machine.bytes,
    }),
    pods: { min: settings.apiMinReplicas, max: settings.apiMaxReplicas },
  };
}

function fitting(sizing: () => MachineSizing, { exact }: Options): MachineSizing {
  try {
    return sizing();
  } catch (error) {
    if (!(error instanceof MachineTooSmall)) throw error;
    throw new ConfigurationError(exact ? "EXACT=1" : "memory", [
      `${error.message}${exact ? "; without EXACT they are scaled" : ""}`,
    ]);
  }
}
