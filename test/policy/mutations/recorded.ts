import { join } from "node:path";
import { runtime } from "@pulumi/pulumi";
import { recordStack } from "../../../ops/preview/preview";
import { fullName, type Given, UNKNOWN } from "../engine";

/** The repository's stack as a fixture: every resource that its program registers, as policies are shown it. */
export async function recorded(stack: string): Promise<Given[]> {
  if (runtime.unknownValue !== UNKNOWN) {
    throw new Error("the engine writes an unknown value otherwise than these tests do");
  }
  const { registrations } = await recordStack(join(__dirname, "..", "..", ".."), stack);
  const names = new Map(registrations.map(({ resource }) => [resource.urn, fullName(resource)]));
  return registrations.map(({ resource, inputs }) => ({
    type: resource.type,
    name: resource.name,
    props: inputs.toJavaScript(),
    refs: Object.fromEntries(
      Object.entries(resource.propertyDependencies).map(([property, urns]) => [
        property,
        urns.flatMap((urn) => names.get(urn) ?? []),
      ]),
    ),
    protect: resource.options.protect ?? false,
    ignoreChanges: resource.options.ignoreChanges ?? [],
  }));
}
