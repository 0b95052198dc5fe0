/** What is measured of one problem. */

import { factorization } from "../../src/objective/factorization.ts";
import { type Forgetting, forgettingOf, forgotten } from "./forgetting.ts";
import { distance, type Ended, lead, sigmaOf, type Ways } from "./measure.ts";
import type { Problem } from "./settings.ts";

/** One training, beside that along the path. */
export interface Run {
  readonly status: string;
  readonly value: number;
  readonly processor: number;
  readonly passes: number;
  /** (J − J of the path)/J of the path. */
  readonly lead: number;
  /** RMS of the differences of scores over the training pairs. */
  readonly distance: number;
}

/** All that is measured of a problem. */
export interface Figure {
  readonly id: string;
  readonly set: string;
  readonly rows: number;
  readonly path: Run;
  /** σ₁ of the residuals over λ at the path's end. */
  readonly sigma: number;
  readonly seeds: readonly Run[];
  readonly steps: readonly (Run & { readonly ratio: number })[];
  readonly forgetting: readonly Forgetting[];
}

/** The other lengths of a step that are tried beside the usual one. */
export const ratios = [0.8, 0.9, 0.95];

/** Measures a problem; tells what it has found on the way. */
export async function figureOf(problem: Problem, ways: Ways, tell: (what: string) => void): Promise<Figure> {
  const { id, set, settings } = problem;
  const objective = factorization(settings, await problem.load());
  const path = await ways.alongPath(objective);
  const run = (ended: Ended): Run => {
    const { status, value, processor, passes } = ended;
    const found = { lead: lead(ended, path), distance: distance(ended, path, objective.interactions) };
    tell(`J ${value}, ${status}, ${Math.round(passes)} passes, ${processor.toFixed(2)} s, ${JSON.stringify(found)}`);
    return { status, value, processor, passes, ...found };
  };
  const ofPath = run(path);
  const first = await ways.fromSeed(objective, 1);
  const seeds = [run(first)];
  for (let seed = 2; seed <= problem.seeds; seed++) seeds.push(run(await ways.fromSeed(objective, seed)));
  const steps: (Run & { readonly ratio: number })[] = [];
  for (const ratio of problem.steps ? ratios : [])
    steps.push({ ratio, ...run(await ways.alongPath(objective, ratio)) });
  const forgetting: Forgetting[] = [];
  for (const what of Object.keys(forgotten))
    for (let draw = 1; draw <= problem.draws; draw++) {
      forgetting.push(await forgettingOf(objective, { path, seed: first }, { what, draw }, ways));
      tell(JSON.stringify(forgetting.at(-1)));
    }
  const sigma = await sigmaOf(path, ways.kernels);
  return { id, set, rows: objective.interactions.size, path: ofPath, sigma, seeds, steps, forgetting };
}
