/** The tables of the frontier, from its figures. */

import type { Table } from "../report.ts";
import { sci } from "../timing.ts";
import type { ForgettingFigure } from "./forgetting.ts";
import type { ModelFigure } from "./model-figure.ts";
import type { PathFigure, Place } from "./path.ts";
import { biasPenalty, type Spent, tolerance } from "./setting.ts";

/** Whatever the bench finds. */
export type Figure = PathFigure | ModelFigure | ForgettingFigure;

/** How many factors have a row. */
const ranks = [1, 2, 4, 8, 16, 32, 64, 128];

/** All tables; each has a row for what there is. */
export function tablesOf(figures: readonly Figure[]): Table[] {
  return [
    pathTable(figures.filter((one) => one.kind === "path")),
    modelTable(figures.filter(isModel)),
    forgettingTable(figures.filter((one) => one.kind === "forgetting")),
  ];
}

/** Whether a figure is of one model. */
export function isModel(figure: Figure): figure is ModelFigure {
  return figure.kind === "certified" || figure.kind === "at once" || figure.kind === "open";
}

const setting = `MovieLens-1M, every tenth rating held out, mean learned, λ_b ${biasPenalty.table} with table L2 and ${biasPenalty.interaction} with interaction L2`;
const loaded = "two threads; seconds on the wall, and of the processor over both threads";

function pathTable(paths: readonly PathFigure[]): Table {
  const rows = paths.flatMap(({ regularizer, vanishing, places }) =>
    milestones(places).map(([least, place]) => {
      const { l2, rank, rmse, rmsBound } = place;
      const cells = [...lambda(l2, vanishing), String(rank), rmse.toFixed(4), sci(rmsBound)];
      return [`${regularizer}, ${least}`, ...cells, ...spentCells(place)];
    }),
  );
  return {
    id: "path",
    caption: `One run of continuation for each regularizer, from the λ at which all factors vanish: the first place with at least so many factors, then the number that it has. Every place is the global optimum of its λ, to about three digits of the gradient: the bound says how far its scores on the training pairs are from that optimum's; ${setting}; ${loaded}`,
    header: [
      "L2, factors",
      "λ",
      "λ / largest λ",
      "rank",
      "RMSE",
      "RMS bound",
      "s from the start",
      "s of the processor",
    ],
    rows,
  };
}

/** The first place with at least so many factors; where several numbers have the same one, under the largest. */
function milestones(places: readonly Place[]): (readonly [number, Place])[] {
  const first = ranks.map((least) => [least, places.find(({ rank }) => rank >= least)] as const);
  return first.flatMap(([least, place], k) =>
    place === undefined || place === first[k + 1]?.[1] ? [] : [[least, place] as const],
  );
}

function modelTable(models: readonly ModelFigure[]): Table {
  return {
    id: "models",
    caption: `Models to ‖∇J‖ ≤ ${tolerance}: the optima of the path with a column to spare, the same at once, which is how lethe train --certifiable trains, and models with fewer factors from a random start; ${setting}; ${loaded}; MiB are the peak of the process so far; a gap of 1e-6 or less, of either sign, is rounding of J`,
    header: [
      ...["model", "λ / largest λ", "columns", "rank", "RMSE", "certificate", "gap", "σ₁/λ − 1", "RMS bound"],
      ...["s of training", "s of the processor", "s of the certificate", "MiB"],
    ],
    rows: [...models]
      .sort(byOrder)
      .map((one) => [
        ...[one.id, lambda(one.l2, one.vanishing)[1], String(one.columns), String(one.rank), one.rmse.toFixed(4)],
        ...[one.scope, sci(one.gap), sci(one.sigmaRatio - 1), sci(one.rmsBound)],
        ...[...spentCells(one.training), one.certificate.seconds.toFixed(1), one.memory.toFixed(0)],
      ]),
  };
}

function forgettingTable(figures: readonly ForgettingFigure[]): Table {
  return {
    id: "forgetting",
    caption: `One user forgotten from optima of the path, and the same rows trained again from random starts with as many columns: how far the scores on the training pairs lie from the forgotten model's (RMS, in rating units), beside the bound that its certificate prints; ${setting}; ${loaded}`,
    header: [
      ...["forgotten", "ratings", "columns", "s of forgetting", "s of the processor", "gap", "RMS bound"],
      ...["RMS distance of other starts", "their ‖∇J‖", "their s of the processor"],
    ],
    rows: figures.map((one) => [
      ...[one.id.replace("forget: ", ""), String(one.ratings), String(one.columns), ...spentCells(one.forgetting)],
      ...[sci(one.gap), sci(one.rmsBound)],
      each(one, ({ distance }) => sci(distance)),
      each(one, ({ gradientNorm }) => sci(gradientNorm)),
      each(one, ({ training }) => training.processor.toFixed(0)),
    ]),
  };
}

function each({ starts }: ForgettingFigure, cell: (start: ForgettingFigure["starts"][number]) => string): string {
  return starts.length === 0 ? "not tried" : starts.map(cell).join(", ");
}

function byOrder(a: ModelFigure, b: ModelFigure): number {
  return a.kind.localeCompare(b.kind) || b.regularizer.localeCompare(a.regularizer) || b.l2 - a.l2;
}

function lambda(l2: number, vanishing: number): [string, string] {
  return [String(Number(l2.toPrecision(4))), (l2 / vanishing).toFixed(3)];
}

function spentCells({ seconds, processor }: Spent): [string, string] {
  return [seconds.toFixed(1), processor.toFixed(1)];
}
