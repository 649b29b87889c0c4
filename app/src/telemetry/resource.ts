import type { Resource } from "@opentelemetry/resources";

/** The service's name in traces and in Application Signals. */
export const SERVICE_NAME = "pynomaly-api";

/** Where a process runs, such as its `k8s.namespace.name` (OpenTelemetry, "Resource semantic conventions"). */
export type Place = Readonly<Record<string, string>>;

/** This process, as traces and metrics describe it. */
export async function resourceOf(place: Place): Promise<Resource> {
  const { defaultResource, resourceFromAttributes } = await import("@opentelemetry/resources");
  const own = { "service.name": SERVICE_NAME, "process.pid": process.pid };
  return defaultResource().merge(resourceFromAttributes({ ...place, ...own }));
}
