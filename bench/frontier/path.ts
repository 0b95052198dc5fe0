/** One run of continuation: the global optimum for every λ on the way down, and the certificate at chosen ones. */

import type { Kernels } from "../../src/kernel/run-context.ts";
import { type Factorization, type Regularizer, withChanged } from "../../src/objective/factorization.ts";
import { type Birthplace, bear, birthplaceOf } from "../../src/training/factors/path/born.ts";
import { type GlobalOptimum, polished } from "../../src/training/factors/path/global-optimum.ts";
import { figureOf, type ModelFigure, proofOf } from "./model-figure.ts";
import { clock, errorOn, objectiveOf, room, type Spent, type Split, sum, tolerance } from "./setting.ts";

/** λ falls by no more than this from place to place. */
const ratio = 0.9;

/** An optimum on the way, to about three digits of its gradient, and when it was reached. */
export interface Place extends Spent {
  readonly l2: number;
  /** Factors that live there; one whose σ is within 0.05 % of λ may be missing, or not have died yet. */
  readonly rank: number;
  readonly rmse: number;
  /** How far its scores on the training pairs are from the optimum's at most, RMS. */
  readonly rmsBound: number;
}

/** A whole way down. */
export interface PathFigure {
  readonly kind: "path";
  readonly id: string;
  readonly regularizer: Regularizer;
  /** λ at which all factors vanish. */
  readonly vanishing: number;
  readonly places: readonly Place[];
}

/** A model that was taken to the end at a λ, with its parameters. */
export interface Reached {
  readonly optimum: GlobalOptimum;
  readonly figure: ModelFigure;
}

/** What a way down tells. */
export interface Listener {
  path(path: PathFigure): void;
  reached(reached: Reached): Promise<void>;
}

/** Goes down to the last of some λ, and takes the optimum to the end at each of them. What the listener is told takes no time of the way. */
export async function goDown(
  regularizer: Regularizer,
  split: Split,
  ends: readonly number[],
  kernels: Kernels,
  { path, reached }: Listener,
): Promise<void> {
  const objective = objectiveOf(regularizer, split.kept, room, 1);
  const options = { kernels: kernels.factors, tolerance };
  let spent: Spent = { seconds: 0, processor: 0 };
  const places: Place[] = [];
  const onTheWay = async (work: (tell: (place: Birthplace) => void) => Promise<Birthplace>) => {
    const since = clock();
    const told: [Birthplace, Spent][] = [];
    const at = await work((place) => told.push([place, sum(spent, since())]));
    spent = sum(spent, since());
    for (const [place, when] of told) places.push(await placeOf(objective, place, when, split.test, kernels));
    return at;
  };
  let at = await onTheWay(async (tell) => {
    const start = await birthplaceOf(objective, options);
    tell(start);
    return start;
  });
  const vanishing = at.l2;
  for (const l2 of stopsTo(vanishing, ends)) {
    const there = withChanged(objective, { l2 });
    const from = at;
    at = await onTheWay((tell) => bear(there, from, options, tell));
    path({ kind: "path", id: `path ${regularizer}`, regularizer, vanishing, places: [...places] });
    if (!ends.includes(l2)) continue;
    const polishing = clock();
    const optimum = await polished(there, at, options);
    const about = { kind: "certified", regularizer, vanishing, training: sum(spent, polishing()) } as const;
    await reached({ optimum, figure: await figureOf(about, optimum, split.test, kernels) });
  }
}

/** λ in falling order: those at which the way ends for a while, and others between them. */
function stopsTo(vanishing: number, ends: readonly number[]): number[] {
  const least = Math.min(...ends);
  const between: number[] = [];
  for (let l2 = ratio * vanishing; l2 > least; l2 *= ratio) between.push(l2);
  return [...between, ...ends].sort((a, b) => b - a);
}

async function placeOf(
  objective: Factorization,
  { l2, live, params }: Birthplace,
  spent: Spent,
  test: Split["test"],
  kernels: Kernels,
): Promise<Place> {
  const there = withChanged(objective, { l2, factors: Math.max(1, live) });
  const { rmsBound } = await proofOf(there, params, kernels);
  return { l2, rank: live, rmse: errorOn(test, there, params), rmsBound, ...spent };
}
