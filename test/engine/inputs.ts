import { createHash } from "node:crypto";
import { display, UNKNOWN } from "../../ops/preview/values";

/** Inputs as both previews and the state can be compared: as they are shown to people, each file by its hash alone. */
export function comparable(value: unknown): unknown {
  return hashed(display(value));
}

/** The engine keeps an asset's hash beside its text, or without it; the program gives the text alone. */
function hashed(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return value.map(hashed);
  const { assets, hash, text } = value;
  if (value.__pulumiAsset === true) return { hash: createHash("sha256").update(String(text)).digest("hex") };
  if (typeof hash === "string" && typeof text === "string") return { hash };
  if (isObject(assets) && (value.__pulumiArchive === true || typeof hash === "string"))
    return { assets: hashed(assets) };
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, hashed(inner)]));
}

/** Where two values differ. What was unknown at preview may have become anything but nothing. */
export function mismatches(path: string, previewed: unknown, deployed: unknown): string[] {
  if (previewed === UNKNOWN && deployed !== undefined) return [];
  if (isObject(previewed) && isObject(deployed)) {
    const keys = new Set([...Object.keys(previewed), ...Object.keys(deployed)]);
    return [...keys].flatMap((key) => mismatches(`${path}.${key}`, previewed[key], deployed[key]));
  }
  if (previewed === deployed) return [];
  return [`${path} was previewed as ${JSON.stringify(previewed)} and is ${JSON.stringify(deployed)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
