import { type Content, type Html, html } from "../../report";
import type { Arrow, Box, NetworkMap, Unit } from "./network-map";

/** What is said of a box beside its name. */
export interface Note {
  /** `"Instance"`, `"Instance db.m7g.xlarge"`. */
  readonly kind: string;
  /** What changes it: a mark and a class of the page's verdicts. */
  readonly mark?: { readonly text: string; readonly verdict: "pass" | "warning" | "fail" };
  /** Findings of policies about it. */
  readonly findings: number;
}

// In units of the drawing, which are pixels at its own width: as wide as a phone, and not scaled up.
const WIDTH = 400;
const LEFT = 8;
const LANE = 13;
const ROW = 44;
const GAP = 8;
const HEADER = 26;
const OUTSIDE = 30;
/** Room for an arrow's ports, before the boxes. */
const PORTS = 40;
/** About the width of a letter. */
const LETTER = 7;
/** Room for one end of an arrow. */
const END = 12;

interface Placed {
  readonly y: number;
  readonly height: number;
  /** Where arrows end that lie at its right side. */
  readonly x: number;
}

/**
 * A network as one picture: zones from left to right, subnets from top to bottom, and beside them the traffic that security
 * groups let in. As wide as a phone, so that it need not be shrunk there.
 */
export function drawing(map: NetworkMap, note: (box: Box) => Note): Html {
  const rows = new Map<string, Placed>();
  const parts: Content[] = [];
  let y = 4;
  for (const from of map.outside) {
    rows.set(from, { y, height: OUTSIDE - 8, x: LEFT + 150 });
    parts.push(outside(from, y));
    y += OUTSIDE;
  }
  const lanes = lanesOf(map);
  const right = WIDTH - 14 - Math.max(0, ...lanes.map(({ lane }) => lane + 1)) * LANE;
  const column = (right - LEFT - 12 - PORTS) / map.zones.length;
  y += 18;
  parts.push(
    map.zones.map(
      (zone, index) =>
        html`<text class="quiet" x="${LEFT + 6 + column * (index + 0.5)}" y="${y - 5}" text-anchor="middle">${zone}</text>`,
    ),
  );
  for (const tier of map.tiers) {
    const start = y;
    let inner = y + HEADER;
    const drawn: Content[] = [];
    for (const unit of tier.units) {
      const unitRows = rowsOf(unit);
      const ends = map.arrows.filter(({ from, to }) => from === unit.id || to === unit.id).length;
      const height = Math.max(unitRows.length * ROW, ends * END + GAP);
      rows.set(unit.id, { y: inner, height: height - GAP, x: right - PORTS });
      const row = height / unitRows.length;
      const top = inner;
      drawn.push(
        unitRows.map((boxes, i) => boxes.map((box) => boxAt(box, top + i * row, row - GAP, column, note(box)))),
      );
      inner += height;
    }
    y = inner + 10;
    parts.push(
      html`<rect class="tier" x="${LEFT}" y="${start}" width="${right - LEFT}" height="${y - start - 6}" rx="6"/>
<text class="quiet" x="${LEFT + 8}" y="${start + 17}"><tspan class="strong">${tier.name}</tspan> ${tier.reach}</text>`,
      drawn,
    );
  }
  return html`<figure class="network"><svg viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" role="img" aria-label="The network: zones, subnets, what lies in them, and who may talk to whom; the table below says the same">
${parts}${arrows(lanes, rows, right)}
</svg></figure>`;
}

function outside(name: string, y: number): Html {
  return html`<rect class="outside" x="${LEFT}" y="${y}" width="150" height="${OUTSIDE - 8}" rx="11"/><text x="${LEFT + 75}" y="${y + 15}" text-anchor="middle">${name}</text>`;
}

/** Boxes in different zones stand side by side. */
function rowsOf({ boxes }: Unit): Box[][] {
  const rows: Box[][] = [];
  for (const box of boxes) {
    const row = rows.find((placed) => placed.every(({ zones }) => zones.every((zone) => !box.zones.includes(zone))));
    if (row === undefined) rows.push([box]);
    else row.push(box);
  }
  return rows;
}

function boxAt(
  { resources, zones }: Box,
  y: number,
  height: number,
  column: number,
  { kind, mark, findings }: Note,
): Html {
  const [first = 0, last = 0] = [Math.min(...zones), Math.max(...zones)];
  const x = LEFT + 8 + first * column;
  const width = (last - first + 1) * column - 4;
  const [only] = resources;
  // In the narrow ones, the end of a name says more than its component.
  const own = zones.length === 1 ? only?.name.replace(/^[^-]+-/, "") : only?.name;
  const name = resources.length === 1 ? (own ?? "") : `${resources.length} × ${only?.type.split(":").at(-1)}`;
  const room = Math.floor((width - 10) / LETTER);
  const title = [
    resources.map((resource) => resource.name).join(", "),
    kind,
    mark?.text,
    findings > 0 && `${findings} findings`,
  ]
    .filter(Boolean)
    .join(" · ");
  return html`<g><title>${title}</title><rect class="box ${mark?.verdict ?? ""}" x="${x}" y="${y}" width="${width}" height="${height}" rx="4"/>
<text x="${x + 6}" y="${y + 15}">${cut(name, room)}</text><text class="quiet" x="${x + 6}" y="${y + 29}">${cut(kind, room - (mark === undefined ? 0 : mark.text.length + 2))}</text>
${mark !== undefined && html`<text class="sign ${mark.verdict}" x="${x + width - 5}" y="${y + 29}" text-anchor="end">${mark.text}</text>`}
${findings > 0 && html`<circle class="finding" cx="${x + width - 2}" cy="${y + 2}" r="8"/><text class="count" x="${x + width - 2}" y="${y + 6}" text-anchor="middle">${findings}</text>`}</g>`;
}

interface LanedArrow extends Arrow {
  readonly lane: number;
}

/** Each arrow has a lane beside the picture, the short ones next to it: none crosses a box. */
function lanesOf(map: NetworkMap): LanedArrow[] {
  const order = [...map.outside, ...map.tiers.flatMap(({ units }) => units.map(({ id }) => id))];
  const span = ({ from, to }: Arrow) =>
    [order.indexOf(from), order.indexOf(to)].sort((a, b) => a - b) as [number, number];
  const length = (arrow: Arrow) => span(arrow)[1] - span(arrow)[0];
  const lanes: [number, number][][] = [];
  return [...map.arrows]
    .sort((a, b) => length(a) - length(b))
    .map((arrow) => {
      const [start, end] = span(arrow);
      let lane = lanes.findIndex((taken) => taken.every(([s, e]) => end < s || start > e));
      if (lane < 0) lane = lanes.push([]) - 1;
      lanes[lane]?.push([start, end]);
      return { ...arrow, lane };
    });
}

function arrows(all: readonly LanedArrow[], rows: ReadonlyMap<string, Placed>, right: number): Content[] {
  /** The height at which an arrow meets a unit: each has its own, in the order of where they come from or go to. */
  const meet = (id: string, arrow: LanedArrow): number => {
    const { y, height } = rows.get(id) ?? { y: 0, height: 0 };
    const other = ({ from, to }: Arrow) => rows.get(from === id ? to : from)?.y ?? 0;
    const ends = all.filter(({ from, to }) => from === id || to === id).sort((a, b) => other(a) - other(b));
    return Math.round(y + (height * (ends.indexOf(arrow) + 0.5)) / ends.length);
  };
  return all.map((arrow) => {
    const { from, to, ports, lane } = arrow;
    const [a, b] = [rows.get(from), rows.get(to)];
    if (a === undefined || b === undefined) return undefined;
    const [y1, y2] = [meet(from, arrow), meet(to, arrow)];
    const [x, bend] = [right + (lane + 1) * LANE, y2 > y1 ? 4 : -4];
    const path = `M${a.x} ${y1}H${x - 4}Q${x} ${y1} ${x} ${y1 + bend}V${y2 - bend}Q${x} ${y2} ${x - 4} ${y2}H${b.x + 2}`;
    return html`<g class="a${lane % 6}"><title>${from} may talk to ${to}: ${ports}</title><path class="arrow" d="${path}"/>
<path class="head" d="M${b.x + 8} ${y2 - 4}L${b.x} ${y2}L${b.x + 8} ${y2 + 4}z"/><text class="ports" x="${b.x + 10}" y="${y2 - 2}">${cut(ports, 9)}</text></g>`;
  });
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, Math.max(1, length - 1))}…` : text;
}
