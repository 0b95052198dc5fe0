/** A drawing with its legend and the names of its axes around what Plot draws. */

import { escaped } from "../escape.ts";
import type { Axis } from "../plane.ts";
import { cut, folded, widthOf } from "../text/layout.ts";
import { numberText } from "../values.ts";
import { faintInk, gridInk, ink } from "./palette.ts";
import type { Mark, Plot, PlotOptions, Surface } from "./surface.ts";

/** One name of a legend with its mark, an SVG element of 14 by 12. */
export interface LegendEntry {
  readonly label: string;
  readonly swatch: string;
}

/** What is drawn, in CSS pixels. */
export interface Frame {
  readonly title: string;
  readonly width: number;
  /** Of the plane alone. */
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly legend: readonly LegendEntry[];
  /** Names of the axes; none is written where there is none. */
  readonly x: string;
  readonly y?: string | undefined;
  readonly marks: readonly Mark[];
  readonly scales: PlotOptions;
}

/** About how wide a column of text is at 12 px. */
export const columnWidth = 7.2;
const lineHeight = 16;
const swatchWidth = 20;
const legendGap = 16;
const tickRoom = 26;

/** The drawing as one SVG element, with the names of its axes and a text for those who cannot see it. */
export function drawFrame({ plot, draw }: Surface, frame: Frame): string {
  const { width, height, left, right, title } = frame;
  const columns = Math.floor((width - 8) / columnWidth);
  const rows = legendRows(frame.legend, width);
  const above = frame.y === undefined || frame.y === "" ? [] : folded(`↑ ${frame.y}`, columns);
  const below = frame.x === "" ? [] : folded(`${frame.x} →`, columns);
  const top = (rows.length + above.length) * lineHeight + 14;
  const bottom = tickRoom + below.length * lineHeight + 4;
  const svg = draw({
    className: "lethe-plot",
    width,
    height: top + height + bottom,
    ...{ marginTop: top, marginBottom: bottom, marginLeft: left, marginRight: right },
    style: {
      fontSize: "12px",
      fontVariantNumeric: "tabular-nums",
      color: ink,
      background: "var(--paper, #fff)",
    } as object,
    ...frame.scales,
    marks: [...gridOf(plot, frame.scales), ...frame.marks],
  });
  const labels = [
    ...above.map((text, k) => line(text, 4, (rows.length + k) * lineHeight + 12, "start")),
    ...below.map((text, k) => line(text, width - 4, top + height + tickRoom + k * lineHeight + 12, "end")),
  ];
  const around = `<g fill="${faintInk}" stroke="none">${labels.join("")}</g><g fill="${ink}">${rows.join("")}</g>`;
  return finished(svg, title, around);
}

/** Ticks and the form of an axis of numbers: few enough not to touch, by powers of ten where it is drawn so. */
export function axisScale({ log, low, high }: Axis, most: number): object {
  const format = { tickFormat: (x: number) => numberText(x), label: null, domain: [low, high] };
  return log ? { ...format, type: "log", ticks: decades(low, high, most) } : { ...format, ticks: most, nice: true };
}

/** Lines behind the drawing, at the ticks of the axes of numbers. */
function gridOf(plot: Plot, { x, y }: PlotOptions): Mark[] {
  const options = { stroke: gridInk, strokeOpacity: 1 };
  const lines = [plot.gridX({ ...options, ticks: x?.ticks })];
  return y?.type === "band" ? lines : [...lines, plot.gridY({ ...options, ticks: y?.ticks })];
}

/** Powers of ten between two numbers, at most `most`; the ends themselves where there are fewer than two. */
function decades(low: number, high: number, most: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const count = last - first + 1;
  if (count < 2) return [low, high];
  const step = Math.ceil(count / most);
  return Array.from({ length: Math.ceil(count / step) }, (_, k) => Number(`1e${first + k * step}`));
}

/** Entries side by side, on as many rows as they need. */
function legendRows(legend: readonly LegendEntry[], width: number): string[] {
  const rows: string[] = [];
  let x = 4;
  for (const { label, swatch } of legend) {
    const name = cut(label, Math.floor((width - swatchWidth - 8) / columnWidth));
    const size = swatchWidth + widthOf(name) * columnWidth + legendGap;
    if (rows.length === 0 || x + size - legendGap > width) {
      rows.push("");
      x = 4;
    }
    const y = (rows.length - 1) * lineHeight;
    rows[rows.length - 1] +=
      `<g transform="translate(${x},${y + 2})">${swatch}</g>${line(name, x + swatchWidth, y + 12, "start")}`;
    x += Math.round(size);
  }
  return rows;
}

function line(text: string, x: number, y: number, anchor: "start" | "end"): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

/** Plot's element as a picture of its own: a namespace, a name for screen readers, and what is around it. */
function finished(svg: string, title: string, around: string): string {
  const opening = `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escaped(title)}" `;
  const at = svg.lastIndexOf("</svg>");
  return opening + svg.slice("<svg ".length, at) + around + svg.slice(at);
}
