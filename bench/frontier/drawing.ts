/** The frontier as a picture: held-out error against λ, with ranks where a proof was written, and the models that have none. */

import { drawFrame, type LegendEntry } from "../../src/report/svg/frame.ts";
import { colourOf, ink } from "../../src/report/svg/palette.ts";
import { type Mark, openSurface, type Plot } from "../../src/report/svg/surface.ts";
import { numberText } from "../../src/report/values.ts";
import type { ModelFigure } from "./model-figure.ts";
import type { PathFigure, Place } from "./path.ts";
import { type Figure, isModel } from "./tables.ts";

const width = 680;
/** Ticks of λ / largest λ. */
const shares = [0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1];
const colours = { table: colourOf(0), interaction: colourOf(1) };

/** The figure as SVG, the same bytes for the same figures. */
export async function frontierSvg(figures: readonly Figure[]): Promise<string> {
  const surface = await openSurface();
  const paths = figures.filter((one) => one.kind === "path");
  const models = figures.filter(isModel);
  return drawFrame(surface, {
    title:
      "Held-out RMSE on MovieLens-1M against λ: global optima along the path of two regularizers, and models without a proof",
    ...{ width, height: 320, left: 62, right: 22 },
    legend: legendOf(paths),
    x: "λ / the λ at which all factors vanish (the path goes from right to left); numbers are ranks and, of squares, factors",
    y: "RMSE on the tenth of the ratings that was held out",
    marks: [...paths.flatMap((path) => lineOf(surface.plot, path)), ...pointsOf(surface.plot, models)],
    scales: {
      x: { type: "log", domain: domainOf(paths, models), ticks: shares, tickFormat: numberText, label: null },
      y: { ticks: 6, tickFormat: numberText, nice: true, label: null },
    },
  });
}

function domainOf(paths: readonly PathFigure[], models: readonly ModelFigure[]): [number, number] {
  const all = [
    ...paths.flatMap(({ places, vanishing }) => places.map(({ l2 }) => l2 / vanishing)),
    ...models.map(({ l2, vanishing }) => l2 / vanishing),
  ];
  return [0.9 * Math.min(...all), 1];
}

/** Global optima all along. */
function lineOf(plot: Plot, { regularizer, vanishing, places }: PathFigure): Mark[] {
  const x = ({ l2 }: Place) => l2 / vanishing;
  const stroke = colours[regularizer];
  return [
    plot.line(places, { x, y: "rmse", stroke, strokeWidth: 2 }),
    plot.dot(places, { x, y: "rmse", r: 1.5, fill: stroke, stroke: "none" }),
  ];
}

/** Discs where the optimum was taken to the end and certified; open squares where nothing is proved. */
function pointsOf(plot: Plot, models: readonly ModelFigure[]): Mark[] {
  const x = ({ l2, vanishing }: ModelFigure) => l2 / vanishing;
  const stroke = ({ regularizer }: ModelFigure) => colours[regularizer];
  const [certified, open] = ["certified", "open"].map((kind) => models.filter((one) => one.kind === kind));
  const text = { x, y: "rmse", text: labelOf, fill: ink } as const;
  return [
    plot.dot(certified, { x, y: "rmse", r: 4.5, fill: stroke, stroke: "none" }),
    plot.dot(open, { x, y: "rmse", r: 4, symbol: "square", fill: "var(--paper, #fff)", stroke, strokeWidth: 1.5 }),
    plot.text(certified.filter(isTable), { ...text, textAnchor: "start", dx: 7, dy: 8 }),
    plot.text(
      certified.filter((one) => !isTable(one)),
      { ...text, textAnchor: "end", dx: -7, dy: -8 },
    ),
    plot.text(open, { ...text, textAnchor: "end", dx: -8 }),
  ];
}

/** The regularizers' lines are close: one has its numbers below, the other above. */
function isTable({ regularizer }: ModelFigure): boolean {
  return regularizer === "table";
}

function labelOf({ kind, rank, columns }: ModelFigure): string {
  return String(kind === "open" ? columns : rank);
}

function legendOf(paths: readonly PathFigure[]): LegendEntry[] {
  const lines = paths.map(({ regularizer }) => ({
    label: `global optima, ${regularizer} L2`,
    swatch: `<path d="M0,6H14" stroke="${colours[regularizer]}" stroke-width="2"/>`,
  }));
  const disc = `<circle cx="7" cy="6" r="4.5" fill="${ink}"/>`;
  const square = `<rect x="3.5" y="2.5" width="7" height="7" fill="none" stroke="${ink}" stroke-width="1.5"/>`;
  return [
    ...lines,
    { label: "certified to 1e-6 rating units", swatch: disc },
    { label: "no proof: fewer factors, from a random start", swatch: square },
  ];
}
