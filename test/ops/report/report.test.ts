import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import {
  badge,
  barChart,
  charts,
  histogram,
  lineChart,
  page,
  percentileChart,
  table,
  writeReport,
} from "../../../ops/report";
import { startChromium } from "../../support/chromium";

const HOSTILE = `"><img src=x onerror="document.title='run'"><script>document.title='run'</script>&amp;\u001b[31m`;

const seconds = Array.from({ length: 60 }, (_, second) => second);

const report = page({
  title: `Report of ${HOSTILE}`,
  summary: badge("fail", "1 of 2 missed"),
  facts: [["url", HOSTILE]],
  sections: [
    {
      title: "Targets",
      body: table({
        caption: "Targets",
        columns: [
          { title: "target", value: ({ name }) => name },
          { title: "measured", value: ({ value }) => value, numeric: true },
          { title: "verdict", value: ({ met }) => (met ? badge("pass", "met") : badge("fail", "missed")) },
        ],
        rows: [
          { name: "median", value: 12, met: true },
          { name: HOSTILE, value: 300, met: false },
        ],
      }),
    },
    {
      title: "Charts",
      body: charts(
        percentileChart({
          title: "Latency by percentile",
          description: "From the intended send time.",
          label: "ms",
          series: [
            {
              name: "latency",
              percentiles: [
                [0, 1],
                [50, 10],
                [90, 20],
                [99, 80],
                [99.9, 200],
                [100, 210],
              ],
            },
          ],
          targets: [{ percentile: 99, value: 250 }],
        }),
        lineChart({
          title: "Latency over time",
          description: "Each second.",
          x: { label: "seconds" },
          y: { label: "ms" },
          series: [
            { name: "p50", points: seconds.map((second) => [second, 10]) },
            { name: HOSTILE, points: seconds.map((second) => [second, second === 30 ? undefined : 20 + second]) },
          ],
          marks: [
            { label: "p99 < 250 ms", y: 250 },
            { label: "stage 2", x: 20 },
          ],
        }),
        lineChart({
          title: "Pods",
          description: "As they start.",
          x: { label: "minutes" },
          y: { label: "pods" },
          series: [
            {
              name: "pods",
              shape: "step",
              points: [
                [0, 4],
                [5, 20],
              ],
            },
          ],
        }),
        barChart({
          title: "Tuned against default",
          description: "Requests per second.",
          label: "requests/s",
          series: ["tuned", "default"],
          groups: [{ name: "list", bars: [{ value: 5120, range: [4800, 5400] }, undefined] }],
        }),
        histogram({
          title: "Spread",
          description: "Of all latencies.",
          x: { label: "ms", scale: "log" },
          counted: "requests",
          bins: [
            { from: 1, to: 2, count: 7 },
            { from: 2, to: 4, count: 3 },
          ],
        }),
      ),
    },
  ],
});

describe("report in a browser", function () {
  this.timeout(60_000);
  let folder: string;
  let file: string;
  let browser: Browser;
  let opened: Page;
  const asked: string[] = [];
  const complaints: string[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "report-"));
    file = join(folder, "reports", "report.html");
    writeReport(file, report);
    browser = await startChromium();
    opened = await browser.newPage();
    opened.on("request", (request) => asked.push(request.url()));
    opened.on("console", (message) => complaints.push(message.text()));
    await opened.goto(`file://${file}`);
  });

  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /** What the browser makes of a style, such as a colour. */
  const computed = (selector: string, property: string) =>
    opened.evaluate<string>(
      `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).getPropertyValue("${property}").trim()`,
    );
  const background = () => computed("body", "background-color");
  const stroke = () => computed("path.s0", "stroke");

  it("is one file, asks for nothing, and complains of nothing", async () => {
    assert.deepEqual(readdirSync(join(folder, "reports")), ["report.html"]);
    assert.deepEqual(asked, [`file://${file}`]);
    assert.deepEqual(complaints, []);
  });

  it("shows what it was given as text, and runs none of it", async () => {
    const shown = HOSTILE.replace("\u001b", "\ufffd");
    assert.equal(await opened.title(), `Report of ${shown}`);
    assert.equal(await opened.locator("img, script").count(), 0);
    assert.equal(await opened.locator("dd").innerText(), shown);
    assert.ok(await opened.getByRole("rowheader", { name: shown }).count());
    assert.equal(await opened.locator(".legend li").nth(1).innerText(), shown);
  });

  it("tells who hears it what each chart is and shows, and each cell's headers", async () => {
    for (const name of ["Latency by percentile", "Latency over time", "Pods", "Tuned against default", "Spread"]) {
      assert.equal(await opened.getByRole("img", { name, exact: true }).count(), 1, name);
    }
    const description = await opened.locator("svg desc").nth(1).textContent();
    assert.match(
      description ?? "",
      /^Each second\. p50: from 10 to 10, at the end 10\. .*: from 20 to 79, at the end 79\. Marked: p99 < 250 ms\./,
    );
    assert.equal(await opened.getByRole("columnheader", { name: "verdict" }).count(), 1);
    assert.equal(await opened.getByRole("table", { name: "Targets" }).getByRole("rowheader").count(), 2);
    assert.equal(await opened.getByText("✖ missed").count(), 1);
  });

  it("has each chart's numbers as a table, with what was not measured", async () => {
    await opened.locator("figure", { hasText: "Tuned against default" }).locator("summary").click();
    assert.match(
      await opened.getByRole("table", { name: "Tuned against default" }).innerText(),
      /list\s+5,120 \(4,800 to 5,400\)\s+not measured/,
    );
    await opened.locator("figure", { hasText: "Latency by percentile" }).locator("summary").click();
    assert.match(await opened.getByRole("table", { name: "Latency by percentile" }).innerText(), /99\.9 %\s+200/);
  });

  for (const width of [360, 1200]) {
    it(`draws everything inside of the chart, ${width} pixels wide`, async () => {
      await opened.setViewportSize({ width, height: 740 });
      const outside = await opened.evaluate<string[]>(`
      [...document.querySelectorAll("figure > svg")].flatMap((svg) => {
        const area = svg.getBoundingClientRect();
        return [...svg.querySelectorAll("path, rect, circle, line, text")].filter((shape) => {
          const box = shape.getBoundingClientRect();
          return box.left < area.left - 1 || box.right > area.right + 1 || box.top < area.top - 1 || box.bottom > area.bottom + 1;
        }).map((shape) => shape.outerHTML);
      })`);
      assert.deepEqual(outside, []);
    });
  }

  it("leaves a gap where nothing was measured", async () => {
    const path = await opened.locator("figure", { hasText: "Latency over time" }).locator("path.s1").getAttribute("d");
    assert.equal(path?.match(/M/g)?.length, 2);
  });

  it("fits a phone, with text that can be read in the charts", async () => {
    await opened.setViewportSize({ width: 360, height: 740 });
    assert.equal(await opened.evaluate("document.documentElement.scrollWidth"), 360);
    const least = await opened.evaluate<number>(
      `Math.min(...[...document.querySelectorAll("figure > svg text")].map((text) => text.getBoundingClientRect().height))`,
    );
    assert.ok(least >= 12, `a line of text is ${least} pixels high`);
  });

  it("follows the reader's theme, and is printed dark on light", async () => {
    await opened.emulateMedia({ colorScheme: "light" });
    const light = [await background(), await stroke()];
    assert.equal(light[0], "rgb(255, 255, 255)");
    await opened.emulateMedia({ colorScheme: "dark" });
    assert.notEqual(await background(), light[0]);
    assert.notEqual(await stroke(), light[1]);
    await opened.emulateMedia({ colorScheme: "dark", media: "print" });
    assert.deepEqual([await background(), await stroke()], light);
    await opened.emulateMedia({ media: "screen" });
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`keeps text and lines apart from the paper (WCAG: 4.5 and 3), ${colorScheme}`, async () => {
      await opened.emulateMedia({ colorScheme });
      const paper = await computed(":root", "--paper");
      const apart = async (name: string) => contrast(await computed(":root", name), paper);
      for (const name of ["text", "quiet", "pass", "fail", "warning", "unknown"]) {
        assert.ok((await apart(`--${name}`)) >= 4.5, name);
      }
      for (const index of [0, 1, 2, 3, 4, 5]) assert.ok((await apart(`--series-${index}`)) >= 3, `series ${index}`);
    });
  }
});

/** How far two colours, `#rrggbb`, are apart: WCAG 2.2, contrast ratio. */
function contrast(one: string, other: string): number {
  const [least = 0, greatest = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (greatest + 0.05) / (least + 0.05);
}

function luminance(color: string): number {
  assert.match(color, /^#[0-9a-f]{6}$/);
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe("charts", () => {
  const axes = { description: "None.", x: { label: "s" }, y: { label: "ms" } };

  it("say that nothing was measured, in place of an empty picture", () => {
    const empty = [
      lineChart({
        title: "Line",
        ...axes,
        series: [
          {
            name: "p50",
            points: [
              [0, undefined],
              [1, Number.NaN],
            ],
          },
        ],
      }),
      barChart({
        title: "Bars",
        description: "",
        label: "ms",
        series: ["a"],
        groups: [{ name: "g", bars: [undefined] }],
      }),
      histogram({ title: "Bins", description: "", x: axes.x, counted: "n", bins: [{ from: 0, to: 1, count: 0 }] }),
    ];
    for (const { text } of empty) assert.match(text, /Nothing was measured\./);
  });

  it("draw one point, values that are all the same, and values that a logarithmic axis has no place for", () => {
    for (const points of [
      [[0, 0]],
      [
        [5, 3],
        [6, 3],
      ],
      [
        [1, 0],
        [2, 10],
        [3, 1000],
      ],
    ] as const) {
      for (const scale of ["linear", "log"] as const) {
        const { text } = lineChart({
          title: "Line",
          ...axes,
          y: { label: "ms", scale },
          series: [{ name: "p50", points }],
        });
        assert.doesNotMatch(text, /NaN|Infinity/);
      }
    }
  });

  it("refuse more series than can be told apart", () => {
    const series = seconds.slice(0, 7).map((index) => ({ name: `${index}`, points: [[0, 1]] as const }));
    assert.throws(
      () => lineChart({ title: "Line", ...axes, series }),
      /^Error: chart "Line": found 7 series; allowed: up to 6$/,
    );
  });
});
