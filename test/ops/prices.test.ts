import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { updatePrices } from "../../ops/prices/update";
import { type MeterName, meters } from "../../sizing/price-list";
import { madeUpIndex, madeUpList, madeUpRegions } from "./made-up-price-list";

const TODAY = new Date("2026-11-23T12:00:00Z");
const REGION = "eu-west-1";

describe("make prices", () => {
  let folder: string;
  let server: Server;
  let base: string;
  let answers: Map<string, string>;
  let answer: RequestListener;

  const file = () => join(folder, "data", "prices.json");
  const read = () => JSON.parse(readFileSync(file(), "utf8"));
  const update = (region = REGION) => updatePrices(file(), region, { base, today: TODAY }, () => undefined);
  const list = (offer: string) => `/offers/v1.0/aws/${offer}/20261101000000/${REGION}/index.csv`;
  const change = (path: string, from: string | RegExp, to: string) =>
    answers.set(path, (answers.get(path) ?? "").replace(from, to));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "prices-"));
    const offers = [...new Set(Object.values(meters).map(({ offer }) => offer))];
    answers = new Map([["/offers/v1.0/aws/index.json", madeUpIndex(offers)]]);
    for (const offer of offers) {
      answers.set(`/offers/v1.0/aws/${offer}/current/region_index.json`, madeUpRegions(offer, REGION));
      answers.set(list(offer), madeUpList(offer));
    }
    answer = ({ url = "" }, response) => {
      const body = answers.get(url);
      response.writeHead(body === undefined ? 404 : 200).end(body);
    };
    server = createServer((request, response) => answer(request, response)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** One error; no file where there was none, and nothing beside it. */
  async function refused(message: RegExp): Promise<void> {
    await assert.rejects(update(), (error: Error) => error.name === "PriceListError" && message.test(error.message));
    assert.deepEqual(readdirSync(folder), []);
  }

  it("writes the prices that the stack's kinds of resources need, with the day and where they are from", async () => {
    assert.deepEqual(await update(), []);
    const { source, regions } = read();
    assert.match(source, /^http:\/\/127\.0\.0\.1:\d+, AWS Price List Bulk API; on demand, USD$/);
    const { retrieved, published, prices } = regions[REGION];
    assert.equal(retrieved, "2026-11-23");
    assert.equal(published.AmazonEC2, "2026-11-01T00:00:00Z");
    assert.deepEqual(prices, {
      alarm: 0.11,
      canary: 0.0013,
      "cache-node/redis/cache.m7g.large": 0.17,
      "cache-node/valkey/cache.m7g.large": 0.136,
      "composite-alarm": 0.51,
      dashboard: 3.1,
      "ebs/gp3": 0.088,
      "ec2/c7i.2xlarge": 0.383,
      "eks-cluster": 0.11,
      "interface-endpoint": 0.012,
      key: 1.1,
      "load-balancer/application": 0.026,
      "load-balancer/network": 0.027,
      "nat-gateway": 0.049,
      "public-ipv4": 0.006,
      "rds-proxy-vcpu": 0.016,
      "rds-storage/gp3/multi-az": 0.255,
      "rds-storage/gp3/single-az": 0.127,
      "rds/db.m7g.xlarge/multi-az": 0.751,
      "rds/db.m7g.xlarge/single-az": 0.376,
      secret: 0.41,
      "web-acl": 5.1,
      "web-acl-rule": 1.1,
    });
  });

  it("keeps the prices of other regions and replaces its own", async () => {
    await update();
    answers.set(list("awskms"), madeUpList("awskms").replace('"1.1"', '"1.2"'));
    const { regions, ...rest } = read();
    const other = { retrieved: "2026-01-01", published: {}, prices: { key: 9 } };
    writeFileSync(file(), JSON.stringify({ ...rest, regions: { ...regions, "us-east-1": other } }));
    await update();
    assert.equal(read().regions[REGION].prices.key, 1.2);
    assert.deepEqual(read().regions["us-east-1"], other);
  });

  it("takes no price where the list has two for one thing, or none, and says so", async () => {
    change(list("AmazonCloudWatch"), /.*CW:Canary-runs.*\n/, "");
    answers.set(
      list("AWSELB"),
      `${madeUpList("AWSELB")}${madeUpList("AWSELB").split("\n").slice(6).join("\n").replaceAll('"0.026"', '"0.028"')}`,
    );
    assert.deepEqual(await update(), ["canary" satisfies MeterName, "load-balancer/application (several prices)"]);
    assert.equal(read().regions[REGION].prices["load-balancer/application"], undefined);
    assert.equal(read().regions[REGION].prices["load-balancer/network"], 0.027);
  });

  for (const [what, path, from, to, message] of [
    [
      "another format of the index",
      "/offers/v1.0/aws/index.json",
      "v1.0",
      "v2.0",
      /index\.json is not what this reads: formatVersion/,
    ],
    [
      "another format of a list",
      list("AWSELB"),
      "v1.0",
      "v2.0",
      /AWSELB.*index\.csv has format v2\.0; this reads v1\.0/,
    ],
    [
      "an index that ends in the middle",
      "/offers/v1.0/aws/index.json",
      /.{40}$/s,
      "",
      /index\.json is no whole JSON document/,
    ],
    [
      "a list that ends in the middle of a row",
      list("AmazonEC2"),
      /,"[^,]*\n$/,
      "",
      /AmazonEC2.* ends, or breaks, in the middle of a row/,
    ],
    [
      "a list that ends in the middle of a text",
      list("AmazonEC2"),
      /"\n$/,
      "",
      /AmazonEC2.* could not be read to its end: Quote Not Closed/,
    ],
    [
      "a page in a list's place",
      list("AWSELB"),
      /.*/s,
      "<html>down for maintenance</html>",
      /AWSELB.* is no price list: it has no row of columns/,
    ],
    [
      "a list without a price that is known",
      list("AWSELB"),
      /OnDemand/g,
      "Reserved",
      /AWSELB.* has no price of load-balancer/,
    ],
    ["a list in another currency", list("AWSELB"), /"USD"/g, '"CNY"', /AWSELB.* has no price of load-balancer/],
    [
      "an index without a service",
      "/offers/v1.0/aws/index.json",
      '"awswaf"',
      '"other"',
      /lists no prices of awswaf by region/,
    ],
    [
      "an index without the region",
      "/offers/v1.0/aws/AWSELB/current/region_index.json",
      '"eu-west-1"',
      '"eu-west-9"',
      /AWSELB.*region_index\.json has no region eu-west-1/,
    ],
  ] as const) {
    it(`writes nothing and says what is wrong: ${what}`, async () => {
      change(path, from, to);
      await refused(message);
    });
  }

  it("keeps the old file where a list is missing, or breaks off on its way", async () => {
    await update();
    const before = readFileSync(file(), "utf8");
    const whole = answers.get(list("AmazonEC2")) ?? "";
    answers.delete(list("AmazonEC2"));
    await assert.rejects(update(), /AmazonEC2.*index\.csv answered 404 Not Found/);
    const usual = answer;
    answer = (request, response) => {
      if (request.url !== list("AmazonEC2")) return usual(request, response);
      response.writeHead(200, { "content-length": whole.length }).write(whole.slice(0, 400));
      setImmediate(() => response.destroy());
    };
    await assert.rejects(update(), /AmazonEC2.*index\.csv could not be read to its end/);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(update(), /index\.json cannot be reached: .*ECONNREFUSED/);
    assert.equal(readFileSync(file(), "utf8"), before);
    assert.deepEqual(readdirSync(join(folder, "data")), ["prices.json"]);
  });
});
