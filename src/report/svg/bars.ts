/** Bars with whiskers, series side by side. */

import type { Bars } from "../part.ts";
import { endsOf, fits } from "../plane.ts";
import { cut, widthOf } from "../text/layout.ts";
import { clean, numberText } from "../values.ts";
import { axisScale, columnWidth, drawFrame } from "./frame.ts";
import { colourOf, ink } from "./palette.ts";
import type { Mark, Surface } from "./surface.ts";

/** Rows of pixels that a name or a number needs. */
const nameHeight = 14;
const usualHeight = 22;
const mostHeight = 2400;
const leastHeight = 3;

interface Row {
  /** Its place from above; two places are left free between labels of several series. */
  readonly key: number;
  readonly name: string;
  readonly value: number;
  readonly colour: string;
  readonly interval: readonly [number, number] | undefined;
}

/** The bars as an SVG element of this width. */
export function barsSvg(surface: Surface, part: Bars, width: number): string {
  const series = [...new Set(part.bars.flatMap((bar) => (bar.series === undefined ? [] : [bar.series])))];
  const rows = rowsOf(part, series);
  const places = rows.length === 0 ? 1 : rows[rows.length - 1].key + 1;
  const high = Math.max(leastHeight, Math.min(usualHeight, mostHeight / places));
  const room = Math.floor((0.38 * width) / columnWidth);
  const names = rows.map(({ name }) => cut(name, room));
  const drawn = rows.filter(({ value }) => fits(value));
  const whiskers = rows.filter(({ interval }) => interval?.every((end) => fits(end)));
  const reach = [...drawn.map(({ value }) => value), ...whiskers.flatMap(({ interval = [0, 0] }) => [...interval])];
  const [from, to] = endsOf([0, part.whole ?? 0, ...reach]);
  const every = Math.ceil(nameHeight / high);
  return drawFrame(surface, {
    title: clean(part.title),
    width,
    height: Math.ceil(places * high),
    left: Math.ceil(Math.max(0, ...names.map(widthOf)) * columnWidth) + 14,
    right: 62,
    legend: series.map((label, k) => ({ label: clean(label), swatch: swatchOf(k) })),
    x: clean(part.measure),
    marks: marksOf(surface, rows, drawn, whiskers, high >= nameHeight),
    scales: {
      x: axisScale({ name: "", log: false, low: from, high: to }, width < 500 ? 3 : 6),
      y: {
        type: "band",
        domain: Array.from({ length: places }, (_, key) => key),
        ticks: rows.filter(({ name }, k) => name !== "" && k % every === 0).map(({ key }) => key),
        tickFormat: (key: number) => names[rows.findIndex((row) => row.key === key)],
        tickSize: 0,
        padding: 0.25,
        label: null,
      },
    },
  });
}

function marksOf(
  { plot }: Surface,
  rows: readonly Row[],
  drawn: readonly Row[],
  whiskers: readonly Row[],
  numbers: boolean,
) {
  const low = ({ interval }: Row) => interval?.[0];
  const high = ({ interval }: Row) => interval?.[1];
  const end = ({ value, interval }: Row) => (fits(value) ? Math.max(0, value, interval?.[1] ?? value) : 0);
  const marks: Mark[] = [
    plot.barX(drawn, { x: "value", y: "key", fill: "colour" }),
    plot.ruleX([0], { stroke: ink }),
    plot.ruleY(whiskers, { x1: low, x2: high, y: "key", stroke: ink, strokeWidth: 1.5 }),
    ...[low, high].map((x) => plot.tickX(whiskers, { x, y: "key", stroke: ink, strokeWidth: 1.5, inset: 4 })),
  ];
  const text = ({ value }: Row) => numberText(value);
  if (numbers) marks.push(plot.text(rows, { x: end, y: "key", text, textAnchor: "start", dx: 6, fill: ink }));
  return marks;
}

/** A row a bar, with a free place before every label of several series; the first bar of a label carries its name. */
function rowsOf({ bars }: Bars, series: readonly string[]): Row[] {
  let key = -1;
  return bars.map(({ label, series: one, value, interval }, k) => {
    const goesOn = k > 0 && one !== undefined && bars[k - 1].label === label;
    key += goesOn || k === 0 || series.length < 2 ? 1 : 2;
    const colour = colourOf(one === undefined ? 0 : series.indexOf(one));
    return { key, name: goesOn ? "" : clean(label), value, colour, interval };
  });
}

function swatchOf(series: number): string {
  return `<rect y="1" width="14" height="10" fill="${colourOf(series)}"/>`;
}
