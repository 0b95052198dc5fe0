/** Curves and points over two axes. */

import type { Curves, Points } from "../part.ts";
import { type Plane, planeOf, type Series } from "../plane.ts";
import { cut } from "../text/layout.ts";
import { clean } from "../values.ts";
import { axisScale, drawFrame, type LegendEntry } from "./frame.ts";
import { colourOf, faintInk, ink, symbolOf } from "./palette.ts";
import type { Mark, Surface } from "./surface.ts";

const mostLabels = 30;
const labelColumns = 18;
const dashes = "5 4";

/** A series with the number that gives it its colour and symbol. */
interface Drawn extends Series {
  readonly number: number;
}

/** Curves or points as an SVG element of this width. */
export function planeSvg(surface: Surface, part: Curves | Points, width: number): string {
  const plane = planeOf(part);
  const own = plane.series.filter(({ reference }) => !reference);
  const drawn = plane.series.map((one): Drawn => ({ ...one, number: own.indexOf(one) }));
  const wide = width >= 500;
  const marks = plane.joined
    ? curveMarks(surface, drawn)
    : [...diagonalMarks(surface, plane), ...pointMarks(surface, drawn, (plane.x.low + plane.x.high) / 2)];
  return drawFrame(surface, {
    title: clean(part.title),
    width,
    height: wide ? 280 : 220,
    left: 62,
    right: 22,
    legend: drawn.map((one) => legendOf(one, plane.joined)),
    x: plane.x.name,
    y: plane.y.name,
    marks,
    scales: { x: axisScale(plane.x, wide ? 7 : 4), y: axisScale(plane.y, 6) },
  });
}

/** References below the others, dashed; the last point of every other line has its symbol. */
function curveMarks({ plot }: Surface, series: readonly Drawn[]): Mark[] {
  const references = series.filter(({ reference }) => reference);
  const own = series.filter(({ reference }) => !reference);
  return [
    ...references.map(({ points }) => plot.line(points, { x: "x", y: "y", stroke: faintInk, strokeDasharray: dashes })),
    ...own.map(({ points, number }) => plot.line(points, { x: "x", y: "y", stroke: colourOf(number), strokeWidth: 2 })),
    ...own.map(({ points, number }) => plot.dot(points.slice(-1), dotOptions(number, 1))),
  ];
}

function diagonalMarks({ plot }: Surface, { diagonal }: Plane): Mark[] {
  if (diagonal.length === 0) return [];
  return [plot.line(diagonal, { x: "x", y: "y", stroke: faintInk, strokeDasharray: dashes })];
}

function pointMarks({ plot }: Surface, series: readonly Drawn[], middle: number): Mark[] {
  const labelled = series.flatMap(({ points }) => points.filter(({ label }) => label !== undefined));
  const text = ({ label = "" }: { readonly label?: string | undefined }) => cut(clean(label), labelColumns);
  const named = labelled.length > mostLabels ? [] : labelled;
  return [
    ...series.map(({ points, number }) => plot.dot(points, dotOptions(number, 0.75))),
    ...[true, false].map((left) => {
      const some = named.filter(({ x }) => x <= middle === left);
      return plot.text(some, {
        x: "x",
        y: "y",
        text,
        textAnchor: left ? "start" : "end",
        dx: left ? 8 : -8,
        fill: ink,
      });
    }),
  ];
}

function dotOptions(number: number, fillOpacity: number) {
  return { x: "x", y: "y", symbol: symbolOf(number), r: 4, fill: colourOf(number), fillOpacity, stroke: "none" };
}

function legendOf({ label, reference, number }: Drawn, joined: boolean): LegendEntry {
  const stroke = reference
    ? `stroke="${faintInk}" stroke-dasharray="${dashes}"`
    : `stroke="${colourOf(number)}" stroke-width="2"`;
  const line = joined ? `<path d="M0,6H14" ${stroke}/>` : "";
  const dot = reference
    ? ""
    : `<path transform="translate(7,6)" d="${shapes[number % shapes.length]}" fill="${colourOf(number)}"/>`;
  return { label, swatch: line + dot };
}

/** The symbols of the palette, in its order, as paths around 0. */
const shapes = [
  "M3.5,0A3.5,3.5,0,1,1,-3.5,0A3.5,3.5,0,1,1,3.5,0",
  "M-3.1,-3.1H3.1V3.1H-3.1Z",
  "M0,-4.2L3.7,2.4H-3.7Z",
  "M0,-4.4L4.4,0L0,4.4L-4.4,0Z",
  "M-4,-1.4H-1.4V-4H1.4V-1.4H4V1.4H1.4V4H-1.4V1.4H-4Z",
  "M0,-4.6L1.1,-1.5L4.4,-1.4L1.8,0.6L2.7,3.7L0,1.9L-2.7,3.7L-1.8,0.6L-4.4,-1.4L-1.1,-1.5Z",
];
