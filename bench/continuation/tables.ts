/** The tables of the figures. */

import type { Table } from "../report.ts";
import { sci } from "../timing.ts";
import { type Figure, type Run, ratios } from "./figures.ts";
import { type Beside, type Forgetting, forgotten } from "./forgetting.ts";

/** Optima whose J differ by less, as a share, are the same. */
const sameJ = 1e-9;
/** Models whose scores differ by less are the same. */
const sameScores = 1e-5;

const isSame = ({ lead }: { readonly lead: number }) => Math.abs(lead) <= sameJ;

/** The tables that have rows. */
export function tablesOf(figures: readonly Figure[]): Table[] {
  const tables: Table[] = [seedsTable(figures), costTable(figures), forgettingTable(figures), stepsTable(figures)];
  return tables.filter(({ rows }) => rows.length > 0);
}

function seedsTable(figures: readonly Figure[]): Table {
  return {
    id: "seeds",
    caption:
      "J at the end of the path beside J from random starts: how many of them end at the same J (to 1e-9 of it), lower and higher; (J of the path − the lowest J of the others)/J; the root mean square, over the training pairs, of the differences of scores from those of that start; σ₁ of the residuals over λ at the end of the path, which is at most 1 where no number of factors has a lower J. The set's name is followed by factors and λ",
    header: ["set", "rows", "J", "σ₁/λ", "seeds", "same", "lower", "higher", "to the best", "scores"],
    rows: figures.map(({ id, rows, path, sigma, seeds }) => {
      const best = seeds.reduce((a, b) => (b.value < a.value ? b : a));
      const others = seeds.filter((seed) => !isSame(seed));
      return [
        ...[id, rows.toLocaleString("en"), path.value.toPrecision(10), sigma.toFixed(3)],
        String(seeds.length),
        ...[seeds.filter(isSame), others.filter(({ lead }) => lead < 0), others.filter(({ lead }) => lead > 0)].map(
          ({ length }) => String(length),
        ),
        ...[isSame(best) ? "0" : sci(-best.lead), sci(best.distance)],
      ];
    }),
  };
}

function costTable(figures: readonly Figure[]): Table {
  return {
    id: "cost",
    caption:
      "What the path costs beside the median of the random starts: seconds of the processor over all threads, and passes over the data",
    header: ["set", "path", "a seed", "ratio", "passes", "of a seed", "ratio", "not converged"],
    rows: figures.map(({ id, path, seeds }) => {
      const processor = median(seeds.map((seed) => seed.processor));
      const passes = median(seeds.map((seed) => seed.passes));
      return [
        ...[id, seconds(path.processor), seconds(processor), (path.processor / processor).toFixed(2)],
        ...[Math.round(path.passes), Math.round(passes)].map((count) => count.toLocaleString("en")),
        ...[(path.passes / passes).toFixed(2), unconverged([path, ...seeds])],
      ];
    }),
  };
}

function unconverged(runs: readonly Run[]): string {
  const [path, ...seeds] = runs.map(({ status }) => status !== "converged");
  return [path ? "path" : "", seeds.some(Boolean) ? `${seeds.filter(Boolean).length} seeds` : ""]
    .filter(Boolean)
    .join(", ");
}

function forgettingTable(figures: readonly Figure[]): Table {
  return {
    id: "forgetting",
    caption: `Exact forgetting from the path's model beside the path on what remains, and, as it was before, exact forgetting from the model of seed 1 beside seed 2 on what remains: in how many draws the scores are the same (root mean square of the differences over the pairs that remain at most ${sameScores}), that root mean square and (J of exact − J of the training)/J in the draw where they differ most`,
    header: ["set", "forgotten", "path: same", "scores", "J", "seeds: same", "scores", "J"],
    rows: figures.flatMap(({ id, forgetting }) =>
      Object.keys(forgotten).flatMap((what) => {
        const draws = forgetting.filter((one) => one.what === what);
        return draws.length === 0 ? [] : [[id, what, ...cells(draws, "path"), ...cells(draws, "random")]];
      }),
    ),
  };
}

function cells(draws: readonly Forgetting[], of: "path" | "random"): string[] {
  const found: Beside[] = draws.map((draw) => draw[of]);
  const same = found.filter(({ distance }) => distance <= sameScores).length;
  const most = found.reduce((a, b) => (b.distance > a.distance ? b : a));
  return [`${same} of ${found.length}`, sci(most.distance), isSame(most) ? "0" : sci(most.lead)];
}

function stepsTable(figures: readonly Figure[]): Table {
  const cellsOf = (run: Run | undefined) =>
    run === undefined ? ["", "", ""] : [isSame(run) ? "0" : sci(run.lead), sci(run.distance), run.passes.toFixed(0)];
  return {
    id: "steps",
    caption:
      "What the length of a step changes once all factors live: λ falls by .8, .9 and .95 instead of .7. (J − J of .7)/J, the root mean square of the differences of scores from those of .7, and passes over the data",
    header: ["set", "passes at 0.7", ...ratios.flatMap((ratio) => [`J at ${ratio}`, "scores", "passes"])],
    rows: figures
      .filter(({ steps }) => steps.length > 0)
      .map(({ id, path, steps }) => [
        ...[id, path.passes.toFixed(0)],
        ...ratios.flatMap((ratio) => cellsOf(steps.find((step) => step.ratio === ratio))),
      ]),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

function seconds(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
