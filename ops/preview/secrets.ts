import { createHmac } from "node:crypto";
import { runtime } from "@pulumi/pulumi";
import type { Registration } from "./monitor";

/** Per URN and path of an input (`password`, `env.0.value`), what stands for a secret there: equal for equal secrets. */
export type SecretDigests = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Stand-ins for all secrets of a stack, by which two recordings can be compared and from which nobody learns one.
 *
 * @param key random, known to the two recordings alone: without it, a short secret could be guessed and tried
 */
export function digestSecrets(registrations: readonly Registration[], key: string): SecretDigests {
  const digests: Record<string, Record<string, string>> = {};
  for (const { resource, inputs } of registrations) {
    const found: Record<string, string> = {};
    collect(inputs.toJavaScript(), [], (path, secret) => {
      found[path] = createHmac("sha256", key)
        .update(JSON.stringify(secret) ?? "")
        .digest("hex");
    });
    if (Object.keys(found).length > 0) digests[resource.urn] = found;
  }
  return digests;
}

function collect(value: unknown, path: readonly string[], found: (path: string, secret: unknown) => void): void {
  if (typeof value !== "object" || value === null) return;
  const { [runtime.specialSigKey]: signature, value: secret } = value as Readonly<Record<string, unknown>>;
  if (signature === runtime.specialSecretSig) found(path.join("."), secret);
  else for (const [key, inner] of Object.entries(value)) collect(inner, [...path, key], found);
}
