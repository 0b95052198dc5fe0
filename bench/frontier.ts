/** How well do models predict that are proved to be the global optimum, and what does the proof cost? MovieLens-1M. */

import type { Kernels } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import type { Regularizer } from "../src/objective/factorization.ts";
import { atOnce } from "./frontier/at-once.ts";
import { againstOtherStarts, type Forgotten, forget } from "./frontier/forgetting.ts";
import { openModel } from "./frontier/open.ts";
import { goDown } from "./frontier/path.ts";
import { type Split, splitOf } from "./frontier/setting.ts";
import { type Figure, tablesOf } from "./frontier/tables.ts";
import { movielens } from "./movielens.ts";
import { keep, type Report } from "./report.ts";
import { readReport } from "./tables.ts";

/** λ at which the optimum is taken to the end, largest first. */
const stops: Readonly<Record<Regularizer, readonly number[]>> = {
  table: [60, 45, 38],
  interaction: [0.13, 0.1, 0.08, 0.07],
};
/** Factors and λ of models without a proof. */
const openOnes = [
  [8, 12],
  [16, 15],
] as const;
/** Global optima that are trained at once, without the places of the path. */
const straight = [
  ["table", 45],
  ["table", 38],
  ["interaction", 0.08],
] as const;
/** A forgetting is held against trainings from other starts where there are no more columns: those take long. */
const mostColumns = 40;
const seeds = [2, 3];
const parts = ["table", "interaction", "at-once", "open", "tables"];

/**
 * `table`, `interaction`, `at-once` or `open` takes one part, `until=45` ends a path there, and `tables` writes the tables again. What is found is kept after
 * every λ, beside what was found before.
 */
export async function run(args: readonly string[]): Promise<Report> {
  const isAsked = (part: string) => args.includes(part) || !parts.some((one) => args.includes(one));
  const until = Number(args.find((arg) => arg.startsWith("until="))?.slice(6) ?? 0);
  const split = splitOf((await movielens()).interactions);
  const kernels = openKernels({ threads: 2 });
  const before = (readReport("frontier")?.figures ?? []) as readonly Figure[];
  const known = new Map(before.map((figure) => [figure.id, figure]));
  const add = (figure: Figure) => {
    known.set(figure.id, figure);
    keep("frontier", reportOf(known));
    process.stderr.write(`${JSON.stringify(figure.kind === "path" ? figure.places.at(-1) : figure)}\n`);
  };
  for (const regularizer of ["table", "interaction"] as const)
    if (isAsked(regularizer)) await down(regularizer, split, until, kernels, add);
  if (isAsked("at-once")) for (const [regularizer, l2] of straight) add(await atOnce(regularizer, l2, split, kernels));
  if (isAsked("open")) for (const [factors, l2] of openOnes) add(await openModel(factors, l2, split, kernels));
  await kernels.close();
  // Whoever calls puts the report beside what is kept: rows that are no more have to be gone from there.
  return keep("frontier", reportOf(known));
}

function reportOf(known: ReadonlyMap<string, Figure>): Report {
  const figures = [...known.values()];
  return { tables: tablesOf(figures), figures };
}

async function down(
  regularizer: Regularizer,
  split: Split,
  until: number,
  kernels: Kernels,
  add: (figure: Figure) => void,
) {
  const ends = stops[regularizer].filter((l2) => l2 >= until);
  const forgotten: Forgotten[] = [];
  await goDown(regularizer, split, ends, kernels, {
    path: add,
    reached: async (reached) => {
      add(reached.figure);
      const without = await forget(reached, kernels);
      add(without.figure);
      if (without.figure.columns <= mostColumns) forgotten.push(without);
    },
  });
  for (const without of forgotten) await againstOtherStarts(without, seeds, kernels, add);
}
