import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { compare } from "../../ops/diff/compare";
import { networkMap } from "../../ops/diff/page/network-map";
import { previewPage } from "../../ops/diff/page/page";
import { Graph } from "../../ops/preview/graph";
import type { Preview } from "../../ops/preview/preview";
import { startChromium } from "../support/chromium";
import { edited, named, production } from "./fixture";

const HOSTILE = `"><img src=x onerror="document.title='run'"><script>document.title='run'</script>`;
const STACK = "urn:pulumi:prod::pynomaly-infra::pulumi:pulumi:Stack::pynomaly-infra-prod";

async function pageOf(): Promise<string> {
  const { resources, capacity, settings, secrets } = await edited((all) => {
    named(all, "database-writer", "Instance").inputs.storageEncrypted = false;
    named(all, "database-writer", "Instance").inputs.instanceClass = HOSTILE;
  });
  assert.ok(capacity && settings && secrets);
  const { urn } = named(resources as never, "database-writer", "Instance");
  const finding = {
    pack: "p",
    rule: "rds-encrypted-cmk",
    severity: "high",
    enforcement: "mandatory",
    urn,
    message: HOSTILE,
  } as const;
  const preview: Preview = {
    stack: "prod",
    graph: new Graph(STACK, resources, {}, []),
    resources,
    capacity,
    settings,
    secrets,
    packs: [],
    violations: [finding],
    remediations: [],
    waivers: [],
  };
  const side = { ...(await production()), judgement: { packs: [], violations: [], waivers: [] } };
  return previewPage(
    preview,
    compare({ ref: HOSTILE, hash: "0".repeat(40), how: "both programs were run", side }, preview),
  );
}

describe("network map", function () {
  this.timeout(60_000);

  it("is what the resources say: zones, subnets by their routes, who lies where, who may talk to whom", async () => {
    const { resources } = await production();
    const map = networkMap(new Graph(STACK, resources, {}, []));
    assert.ok(map);
    assert.deepEqual(map.zones, ["us-east-1a", "us-east-1b", "us-east-1c"]);
    assert.deepEqual(
      map.tiers.map(({ name, reach }) => [name, reach]),
      [
        ["network-public", "reached from the internet"],
        ["network-private", "reaches the internet"],
        ["network-data", "no way to the internet"],
      ],
    );
    const boxes = map.tiers.flatMap(({ units }) =>
      units.flatMap((unit) =>
        unit.boxes.map((box) => [unit.id, ...box.resources.map(({ name }) => name), ...box.zones]),
      ),
    );
    assert.deepEqual(
      boxes.find(([, name]) => name === "database-replica-b"),
      ["database-instances", "database-replica-b", 1],
    );
    assert.deepEqual(
      boxes.find(([, name]) => name === "database-writer"),
      ["database-instances", "database-writer", 0, 1, 2],
    );
    assert.deepEqual(
      map.arrows.filter(({ to }) => to === "edge-lb-sg"),
      [{ from: "internet", to: "edge-lb-sg", ports: "443, 80" }],
    );
    assert.ok(
      map.arrows.some(
        ({ from, to, ports }) => from === "cluster-nodes" && to === "database-instances" && ports === "5432",
      ),
    );
    assert.ok(!map.arrows.some(({ from, to }) => from === "internet" && to !== "edge-lb-sg"));
  });

  it("is none for a stack without subnets", () => assert.equal(networkMap(new Graph(STACK, [], {}, [])), undefined));
});

describe("page of a preview in a browser", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "page-"));
  const asked: string[] = [];
  const complaints: string[] = [];
  let browser: Browser;
  let opened: Page;

  before(async () => {
    writeFileSync(join(folder, "page.html"), await pageOf());
    browser = await startChromium();
    opened = await browser.newPage();
    opened.on("request", (request) => asked.push(request.url()));
    opened.on("console", (message) => complaints.push(message.text()));
    await opened.goto(`file://${folder}/page.html`);
  });

  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  it("asks for nothing, complains of nothing, and runs nothing that it was given", async () => {
    assert.deepEqual(asked, [`file://${folder}/page.html`]);
    assert.deepEqual(complaints, []);
    assert.equal(await opened.title(), `Preview of prod against ${HOSTILE}`);
    assert.equal(await opened.locator("img, script").count(), 0);
  });

  it("says first what is refused, marks it in the drawing, and counts its findings there", async () => {
    assert.match(await opened.locator(".loud").first().innerText(), /refused database-writer would be replaced/);
    const box = opened.locator(".network g", { hasText: "database-writer" }).first();
    assert.equal(await box.locator(".sign").textContent(), "± replaced");
    assert.equal(await box.locator(".count").textContent(), "1");
  });

  for (const width of [360, 1200]) {
    for (const colorScheme of ["light", "dark"] as const) {
      it(`fits ${width} pixels, with a drawing that can be read, ${colorScheme}`, async () => {
        await opened.emulateMedia({ colorScheme });
        await opened.setViewportSize({ width, height: 800 });
        assert.equal(await opened.evaluate("document.documentElement.scrollWidth"), width);
        const heights = await opened.evaluate<number[]>(
          `[...document.querySelectorAll(".network text:not(.ports)")].map((text) => text.getBoundingClientRect().height)`,
        );
        assert.ok(Math.min(...heights) >= 10, `a line of text is ${Math.min(...heights)} pixels high`);
        const blurred = await opened.evaluate<string[]>(
          `[...document.querySelectorAll(".network text")].filter((text) => {
            const { fill, stroke } = getComputedStyle(text);
            return fill === stroke;
          }).map((text) => text.textContent)`,
        );
        assert.deepEqual(blurred, [], "texts in the colour of their own edge");
        const outside = await opened.evaluate<number>(`(() => {
          const area = document.querySelector(".network svg").getBoundingClientRect();
          return [...document.querySelectorAll(".network rect, .network text, .network path")].filter((shape) => {
            const box = shape.getBoundingClientRect();
            return box.left < area.left - 1 || box.right > area.right + 1 || box.bottom > area.bottom + 1;
          }).length;
        })()`);
        assert.equal(outside, 0);
      });
    }
  }
});
