import assert from "node:assert/strict";
import type { Field } from "./field.ts";
import { LIST } from "./page.ts";
import type { Server } from "./servers.ts";

interface Answer {
  readonly anomalies: readonly Record<string, unknown>[];
}

/** A row in the middle of the training data and one far outside of it. */
const ROWS = [
  [0.1, -0.2, 0.3, 0, 0.1, 0.2, -0.1, 0],
  [5, 5, -5, 5, 5, -5, 5, 5],
];

/** Checks that the servers do the same work: the same rows in a page, the same scores, gzip where it is asked for. */
export async function checkSame({ servers, token }: Field): Promise<void> {
  const service = servers.get("service");
  if (service === undefined) throw new Error("the service is not among the servers");
  const headers = { authorization: `Bearer ${token}`, "accept-encoding": "identity" };
  const page = async ({ port }: Server, path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
    return ((await response.json()) as Answer).anomalies.map((row) => ({
      ...row,
      timestamp: sameForm(String(row.timestamp)),
    }));
  };
  const scores = async ({ port }: Server) => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/models/1/predictions`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ rows: ROWS }),
    });
    return ((await response.json()) as { scores: number[] }).scores;
  };

  for (const name of ["a", "b"] as const) {
    const peer = servers.get(name);
    if (peer === undefined) continue;
    // The second is a cache's answer.
    for (const path of [LIST, LIST, `${LIST}&model_id=7`]) {
      assert.deepEqual(await page(peer, path), await page(service, path), `${name} answers other rows: ${path}`);
    }
    if (name !== "a") continue;
    const [theirs, ours] = [await scores(peer), await scores(service)];
    for (const [row, score] of theirs.entries()) {
      assert.ok(Math.abs(score - (ours[row] ?? Number.NaN)) < 1e-6, `another forest: ${theirs} and ${ours}`);
    }
  }
}

/** A's hits have a space where its misses have a T, a defect of the guide's that it keeps; no microseconds go unsaid here. */
function sameForm(timestamp: string): string {
  const utc = timestamp.replace(" ", "T").replace("+00:00", "Z");
  return utc.includes(".") ? utc : utc.replace("Z", ".000000Z");
}
