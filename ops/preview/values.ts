import { runtime } from "@pulumi/pulumi";

/** Stands for a secret wherever a value is shown: the plain text never leaves the recorder. */
export const SECRET = "[secret]";

/** Stands for a value that is known only after a deployment. */
export const UNKNOWN = "[unknown]";

// The tags of the engine's wire format that the SDK does not export. They are part of its protocol and cannot change.
const RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e";

/** An object with its keys in alphabetical order, so that equal graphs are equal texts. */
export function sorted<T>(object: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/**
 * A property value of the wire format as it is shown to people: secrets and unknown values replaced by
 * {@link SECRET} and {@link UNKNOWN}, references to resources by their URN, object keys sorted.
 */
export function display(value: unknown): unknown {
  if (value === runtime.unknownValue) return UNKNOWN;
  if (Array.isArray(value)) return value.map(display);
  if (typeof value !== "object" || value === null) return value;

  const { [runtime.specialSigKey]: signature, ...properties } = value as Record<string, unknown>;
  if (signature === runtime.specialSecretSig) return SECRET;
  if (signature === RESOURCE_SIGNATURE) return properties.urn;
  return sorted(Object.fromEntries(Object.entries(properties).map(([key, inner]) => [key, display(inner)])));
}

/**
 * A property value as policies are shown it: references to resources by their identifier (components: by their URN),
 * all else as it is, secrets in plain text.
 */
export function withoutReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutReferences);
  if (typeof value !== "object" || value === null) return value;
  const properties = value as Readonly<Record<string, unknown>>;
  if (properties[runtime.specialSigKey] === RESOURCE_SIGNATURE) {
    return "id" in properties ? properties.id || runtime.unknownValue : properties.urn;
  }
  return Object.fromEntries(Object.entries(properties).map(([key, inner]) => [key, withoutReferences(inner)]));
}

/** {@link display} of each property of a resource or a stack. */
export function displayAll(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return sorted(Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, display(value)])));
}
