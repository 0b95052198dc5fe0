/** The experiment of the stability claim on a trained model: targets, a series for each, and trials at its next step. */

import { factorModelOf } from "../../influence/stability/need.ts";
import { inverseBySeries, type SeriesSettings } from "../../influence/stability/recursion.ts";
import type { Trial } from "../../influence/stability/trial.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { FactorModel } from "../../model/factor-model.ts";
import { randomOf } from "../../numeric/random.ts";
import { difference, norm } from "../../numeric/vector.ts";
import { type ObjectiveSession, openObjective } from "../../objective/session.ts";
import { scoreTarget } from "../../objective/target.ts";
import type { Smooth } from "../../training/trained-model.ts";
import { type OfBounds, quantilesOf, type Tally, tallyOf } from "./tally.ts";
import { drawTrial, kinds, type Stage } from "./trials.ts";

/** All trials together, then by kind; how s was found, and how large the influences are. */
export interface InfluenceStabilityFinding extends Tally {
  /** How many gradients v there were. */
  readonly targets: number;
  /** Samples of each series. */
  readonly samples: number;
  /** The largest ‖H·s − v‖/‖v‖ of a series, H with its curvature; null where all diverged, or v is 0. */
  readonly residual: number | null;
  /** Series that diverged: trials at their next step cannot be made. */
  readonly diverged: number;
  /** The largest |influence| of a trial: 0 up to rounding where v is the gradient of an objective at its optimum. */
  readonly largestInfluence: number;
  /** By what the two ratings of a trial share: all (they are one), the user, the item, or any (drawn from the set). */
  readonly kinds: Readonly<Record<string, Tally>>;
  /** Changes over their bounds, at some shares of the trials in which something changed. */
  readonly quantiles: Readonly<Record<string, OfBounds>>;
}

/** What is asked of the experiment. */
export interface StabilityRequest extends SeriesSettings {
  readonly trials: number;
  readonly targets: number;
  readonly epsilon: number;
  readonly seed: number;
  /** v: the gradient of a score, or of J itself. */
  readonly target: "score" | "literal";
}

const trialsAtOnce = 200;

/** Makes the trials. Cost: a series a target, then O(d) a trial. */
export async function stabilityOf(
  { objective, params }: Smooth,
  request: StabilityRequest,
  run: RunContext,
): Promise<InfluenceStabilityFinding> {
  const { model } = factorModelOf({ objective, params: params.slice() });
  const targets = request.target === "literal" ? 1 : Math.min(request.targets, request.trials);
  const session = openObjective(objective, params, run);
  const trials: { readonly kind: string; readonly found: Trial }[] = [];
  const residuals: number[] = [];
  try {
    for (let t = 0; t < targets; t++) {
      const { stage, residual } = await stageOf(
        session,
        { objective, params },
        model,
        t,
        request,
        partOf(run, t, targets),
      );
      if (stage === undefined) continue;
      residuals.push(residual);
      const random = randomOf(request.seed, "stability trials", t);
      for (let k = t; k < request.trials; k += targets) {
        if (trials.length % trialsAtOnce === 0) await run.yieldToEventLoop();
        const round = Math.floor(k / targets);
        const kind = kinds[round % kinds.length];
        trials.push({ kind, found: drawTrial(stage, kind, Math.floor(round / kinds.length) % 2 === 1, random) });
      }
    }
  } finally {
    session.close();
  }
  const all = trials.map(({ found }) => found);
  const of = (kind: string) => tallyOf(trials.flatMap((one) => (one.kind === kind ? [one.found] : [])));
  return {
    ...tallyOf(all),
    ...{ targets, samples: request.samples },
    residual: finiteOrNull(residuals.reduce((most, x) => Math.max(most, x), residuals.length === 0 ? Number.NaN : 0)),
    diverged: targets - residuals.length,
    largestInfluence: all.reduce((most, { influence }) => Math.max(most, Math.abs(influence)), 0),
    kinds: Object.fromEntries(kinds.map((kind) => [kind, of(kind)])),
    quantiles: quantilesOf(all, [0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 1]),
  };
}

/** A target of the data, and s of it in the paper's e²: half of that of ½e². No stage where the series diverged. */
async function stageOf(
  session: ObjectiveSession,
  { objective, params }: Pick<Smooth, "objective" | "params">,
  model: FactorModel,
  index: number,
  request: StabilityRequest,
  run: RunContext,
): Promise<{ readonly stage: Stage | undefined; readonly residual: number }> {
  const { interactions } = objective;
  const random = randomOf(request.seed, "stability target", index);
  const user = interactions.users[random.integer(interactions.size)];
  const item = interactions.items[random.integer(interactions.size)];
  const v = new Float64Array(params.length);
  if (request.target === "literal") await session.evaluate(v);
  else v.set((await session.targetGradient(scoreTarget(user, item))).gradient);
  const { value } = await inverseBySeries(objective, model, v, request, random.fork("series"), run);
  const back = new Float64Array(v.length);
  await session.product(value, back, request.form === "printed" ? "full" : "gauss-newton");
  const residual = norm(difference(back, v)) / norm(v);
  const { epsilon } = request;
  const stage = { interactions, model, s: value.map((x) => x / 2), v, user, item, epsilon };
  return { stage: value.every(Number.isFinite) ? stage : undefined, residual };
}

function partOf(run: RunContext, index: number, count: number): RunContext {
  const { onProgress } = run;
  return {
    ...run,
    onProgress: onProgress && ((at) => onProgress({ ...at, fraction: (index + at.fraction) / count })),
  };
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
