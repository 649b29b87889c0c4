import { capacityRows } from "../../preview/capacity-text";
import type { RecordedResource } from "../../preview/graph";
import type { Preview } from "../../preview/preview";
import { isUndecided } from "../../preview/verdicts-text";
import { badge, type Content, type Fact, type Html, html, page, type Section, table } from "../../report";
import type { PropertyChange, ResourceChange } from "../change";
import type { Comparison } from "../compare";
import type { Danger } from "../dangers";
import type { Effect } from "../disruptions";
import { shown } from "../format";
import { byComponent, counts, effectWords, typeName } from "../summary";
import { nameOf } from "../told";
import { drawing, type Note } from "./drawing";
import { type Box, networkMap } from "./network-map";
import { style } from "./style";

const MARKS: Readonly<Record<ResourceChange["kind"], Note["mark"] & object>> = {
  added: { text: "+ new", verdict: "pass" },
  changed: { text: "~ changed", verdict: "warning" },
  replaced: { text: "± replaced", verdict: "fail" },
  renamed: { text: "→ renamed", verdict: "warning" },
  deleted: { text: "− deleted", verdict: "fail" },
};

/** Of which types a box shows an input that says how large it is. */
const SIZES = ["instanceClass", "nodeType", "instanceTypes", "version", "loadBalancerType"];

/**
 * The preview as one page that needs nothing else: what changed, loudly what matters, the network drawn from the graph, capacity
 * and verdicts.
 */
export function previewPage(preview: Preview, comparison?: Comparison): string {
  const { stack, graph, violations } = preview;
  const mandatory = violations.filter(({ enforcement }) => enforcement === "mandatory").length;
  const refused = comparison?.dangers.filter(({ level }) => level === "refused").length ?? 0;
  const against = comparison === undefined ? "" : ` against ${comparison.ref}`;
  const bad = [
    refused > 0 && [badge("fail", `${refused} refused`), " "],
    mandatory > 0 && badge("fail", `${mandatory} mandatory violation${mandatory === 1 ? "" : "s"}`),
  ];
  const verdict = mandatory + refused > 0 ? bad : badge("pass", "mandatory policies hold");
  return page({
    title: `Preview of ${stack}${against}`,
    summary: html`${style}${verdict} ${comparison === undefined ? `${graph.resources.length} resources` : counts(comparison)}`,
    facts: comparison === undefined ? [] : facts(comparison),
    sections: [
      ...(comparison === undefined ? [] : [attention(comparison)]),
      ...network(preview, comparison),
      ...(comparison === undefined ? [] : [changes(comparison)]),
      capacity(preview, comparison),
      verdicts(preview, comparison),
    ],
  });
}

function facts({ hash, how, notes }: Comparison): Fact[] {
  return [
    ["compared with", html`<code>${hash.slice(0, 8)}</code>: ${how}`],
    ...notes.map((note): Fact => ["note", note]),
  ];
}

function attention({ dangers }: Comparison): Section {
  return {
    title: "Attention",
    body: dangers.length === 0 ? html`<p class="none">Nothing is lost, interrupted or opened.</p>` : dangers.map(loud),
  };
}

function loud({ level, names, what, wayOut }: Danger): Html {
  const mark = level === "refused" ? badge("fail", "refused") : badge("warning", "look");
  return html`<div class="loud${level === "refused" && " refused"}"><p>${mark} <strong>${names.join(", ")}</strong> ${what}</p>${wayOut !== undefined && html`<p>${coded(wayOut)}</p>`}</div>`;
}

/** What stands between backticks, as code. */
function coded(text: string): Content {
  return text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}

function network({ graph, violations }: Preview, comparison: Comparison | undefined): Section[] {
  const map = networkMap(graph);
  if (map === undefined) return [];
  const changed = new Map(comparison?.changes.map((change) => [change.urn, change]));
  const broken = violations.filter((violation) => !isUndecided(violation));
  const note = ({ resources }: Box): Note => {
    const worst = RANKED.find((kind) => resources.some(({ urn }) => changed.get(urn)?.kind === kind));
    const [first] = resources;
    return {
      kind: first === undefined ? "" : `${typeName(first.type)} ${sizeOf(first)}`.trim(),
      ...(worst === undefined ? {} : { mark: MARKS[worst] }),
      findings: broken.filter(({ urn }) => resources.some((resource) => resource.urn === urn)).length,
    };
  };
  const traffic = table({
    caption: "Who may talk to whom, by the security groups' rules",
    columns: [
      { title: "from", value: ({ from }) => from },
      { title: "to", value: ({ to }) => to },
      { title: "ports", value: ({ ports }) => ports },
    ],
    rows: map.arrows,
  });
  return [
    {
      title: "Network",
      body: [drawing(map, note), html`<details><summary>The arrows as a table</summary>${traffic}</details>`],
    },
  ];
}

const RANKED = ["replaced", "added", "changed", "renamed"] as const;

function sizeOf({ inputs }: RecordedResource): string {
  const size = SIZES.map((name) => inputs[name]).find((value) => value !== undefined);
  return size === undefined ? "" : [size].flat().join(", ");
}

function changes({ changes: all, versions, settings }: Comparison): Section {
  const settled =
    settings.length > 0 &&
    table({
      caption: "Settings",
      columns: [
        { title: "setting", value: ({ name }) => name },
        { title: "before", value: ({ before }) => before ?? "—" },
        { title: "after", value: ({ after }) => after ?? "—" },
      ],
      rows: settings,
    });
  const groups = byComponent(all).map(([component, list]) => {
    const isLoud = list.some(({ effect, kind }) => (effect !== "none" && effect !== "roll") || kind === "deleted");
    return html`<details${isLoud && html` open`}><summary><strong>${component || "stack"}</strong> ${counts({ changes: list })}</summary>${list.map(changeOf)}</details>`;
  });
  const providers = versions.map(
    ({ provider, before, after }) => html`<p>provider ${provider} ${before} → ${after}</p>`,
  );
  const none = all.length === 0 && html`<p class="none">No resource changes.</p>`;
  return { title: "Changes", body: [settled, none, groups, providers] };
}

function changeOf({ kind, type, name, renamedFrom, properties, effect }: ResourceChange): Html {
  const { text, verdict } = MARKS[kind];
  const worse = effect === "none" || effect === "replace" ? undefined : badge(VERDICTS[effect], effectWords[effect]);
  const former = renamedFrom === undefined ? "" : `, was ${nameOf(renamedFrom)}`;
  const title = html`<h3>${html`<span class="badge ${verdict}">${text}</span>`} ${typeName(type)} ${name}${former} ${worse}</h3>`;
  if (properties.length === 0) return title;
  return html`${title}${table<PropertyChange>({
    caption: `${name}: properties`,
    columns: [
      { title: "property", value: ({ path }) => path.join(".") },
      { title: "before", value: ({ before }) => html`<code>${shown(before)}</code>` },
      { title: "after", value: ({ after }) => html`<code>${shown(after)}</code>` },
      {
        title: "effect",
        value: ({ effect: each, why }) => [
          each !== "none" && badge(VERDICTS[each], effectWords[each]),
          why && ` ${why}`,
        ],
      },
    ],
    rows: properties,
  })}`;
}

const VERDICTS: Readonly<Record<Effect, "fail" | "warning" | "unknown">> = {
  replace: "fail",
  reboot: "fail",
  interrupt: "fail",
  roll: "warning",
  none: "unknown",
};

function capacity({ capacity: plan, cost }: Preview, comparison: Comparison | undefined): Section {
  const former = new Map(comparison?.capacity.map(({ name, before }) => [name, before]));
  const columns = [
    { title: "what can run out", value: ([name]: readonly [string, string]) => name },
    { title: "plan", value: ([, value]: readonly [string, string]) => value },
  ];
  const was = {
    title: "before",
    value: ([name]: readonly [string, string]) => former.get(name) ?? (comparison === undefined ? "" : "the same"),
  };
  return {
    title: "Capacity",
    body: table({
      caption: "The capacity plan",
      columns: comparison === undefined ? columns : [...columns, was],
      rows: capacityRows(plan, cost),
    }),
  };
}

function verdicts({ violations, packs, waivers }: Preview, comparison: Comparison | undefined): Section {
  const broken = violations.filter((violation) => !isUndecided(violation));
  const rules = packs.reduce((sum, { evaluated }) => sum + evaluated.length, 0);
  const changed = comparison?.verdicts ?? [];
  const found = table({
    caption: `Findings of ${rules} rules`,
    columns: [
      { title: "rule", value: ({ rule }) => rule },
      { title: "", value: ({ enforcement }) => badge(enforcement === "mandatory" ? "fail" : "warning", enforcement) },
      { title: "resource", value: ({ urn }) => nameOf(urn) },
      { title: "finding", value: ({ message }) => message.split("\n").map((line) => html`${line}<br>`) },
    ],
    rows: broken,
  });
  const differing =
    changed.length > 0 &&
    table({
      caption: "Verdicts that changed",
      columns: [
        { title: "rule", value: ({ rule }) => rule },
        { title: "resource", value: ({ urn }) => nameOf(urn) },
        { title: "before", value: ({ before }) => before },
        { title: "after", value: ({ after }) => after },
      ],
      rows: changed,
    });
  const waived =
    waivers.length > 0 &&
    table({
      caption: "Waivers",
      columns: [
        { title: "rule", value: ({ rule }) => rule },
        { title: "resources", value: ({ urnPattern }) => urnPattern },
        { title: "reason", value: ({ reason }) => reason },
        { title: "owner, until", value: ({ owner, expires, status }) => `${owner}, ${expires} (${status})` },
      ],
      rows: waivers,
    });
  return { title: "Policies", body: [differing, found, waived] };
}
