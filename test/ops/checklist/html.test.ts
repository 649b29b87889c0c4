import assert from "node:assert/strict";
import { checklistContent } from "../../../ops/checklist/html";
import { check } from "../../../ops/checklist/item";
import { ITEMS } from "../../../ops/checklist/items";
import type { Subject } from "../../../ops/checklist/subject";
import { html } from "../../../ops/report";
import { UNDECIDED } from "../../../policy/framework/pack";
import { LOAD_BALANCERS } from "../../../policy/framework/types";
import { set } from "../../policy/mutations/edits";
import { edited, production } from "./subject";

describe("the checklist in a page", () => {
  let prod: Subject;

  before(async function () {
    this.timeout(60_000);
    prod = await production();
  });

  const page = (subject: Subject) => html`${checklistContent(ITEMS.map((item) => check(item, subject)))}`.text;

  /** The row of an item: what is seen at once, and what is folded. */
  function row(text: string, title: string): { seen: string; folded: string } {
    const [, cells = ""] = text.split(`<th scope="row">${title}</th>`);
    const [cell = ""] = cells.split("</tr>");
    const [, folded = ""] = /<details>(.*)<\/details>/s.exec(cell) ?? [];
    return { seen: cell.replace(folded, ""), folded };
  }

  it("has a row for each item with its status; what holds is folded, what is not checked is seen, with what is missing", () => {
    const text = page(prod);
    const badges = [...text.matchAll(/<span class="badge \w+">. ([\w ]+)<\/span>/g)].map(([, status]) => status);
    assert.deepEqual(
      badges,
      ITEMS.map((item) => check(item, prod).status),
    );
    const { seen, folded } = row(text, "PostgreSQL configuration optimized");
    assert.match(seen, /parameters: needs DATABASE_URL</);
    assert.match(folded, /database-writer {2}parameters: /);
    assert.match(
      text,
      /<th scope="row"><code>DATABASE_URL=postgresql:.*<\/th><td>PostgreSQL configuration optimized, /,
    );
  });

  it("shows a fault and what must be at once", () => {
    const [edit] = set(LOAD_BALANCERS, "idleTimeout", [30]);
    const subject = edit && edited(prod, edit);
    assert.ok(subject);
    const { seen, folded } = row(page(subject), "Load balancer configured");
    assert.match(seen, /✖ fail<.*<span class="fail">✖<\/span>edge-lb {2}idleTimeout: 30; must be: /s);
    assert.doesNotMatch(folded, /idleTimeout/);
  });

  it("tells a policy that is undecided of several resources once", () => {
    const about = { pack: "p", rule: "k8s-digest", severity: "low", enforcement: "mandatory" } as const;
    const violations = ["api-deployment", "api-migration", "api-migration"].map((name) => ({
      ...about,
      urn: `urn::t::${name}`,
      message: `${UNDECIDED}\nfound: ${name}.image is unknown`,
    }));
    const { seen } = row(page({ ...prod, judgement: { ...prod.judgement, violations } }), "Docker images optimized");
    assert.equal(seen.match(/k8s-digest/g)?.length, 1);
    assert.match(seen, /api-deployment, api-migration {2}policy k8s-digest: .*; needs make policy/);
  });
});
