/** What the proximal Bregman response function minimises: stay near the model's predictions and parameters, and lose some rows. */

import { complement, type Rows } from "../data/interactions.ts";
import type { Pairs } from "../model/model.ts";
import { addScaled, difference, dot, scaleInPlace } from "../numeric/vector.ts";
import { chunks } from "./chunked.ts";
import { type BatchRun, type FullBatch, openFullBatch } from "./full-batch.ts";
import type { Objective } from "./objective.ts";
import { penaltyWeights } from "./penalty.ts";

/** About as many pairs are between two turns of the event loop, unless the model is faster with more. */
const pairsInTurn = 2 ** 13;

/**
 * For some rows that go: Q(θ) = Σ_k D_k(f_k(θ), f_k(θₛ)) + ½‖θ − θₛ‖²_(Λ + damping) − ℓ_G(θ), D_k the Bregman divergence of a loss in its scores, Λ the L2, ℓ_G the rows' own terms
 * (Bae, Ng, Lo, Ghassemi & Grosse 2022, Eq. 11, in sums, all of the weight gone), less what does not depend on θ. As D is the loss less its
 * tangent at θₛ, Q is J without the rows, less a linear function of scores and parameters, plus the damping. Its Hessian at θₛ is the damped
 * Gauss-Newton Hessian of J less that of ℓ_G. The damping is in values and gradients; of products the solver adds it. For local models.
 * Memory: a number for every pair of an example.
 */
export async function bregmanAt(
  objective: Objective,
  base: Float64Array,
  damping: number,
  run: BatchRun,
): Promise<(rows: Rows) => FullBatch> {
  const slopes = await slopesAt(objective, base, run);
  const pull = penaltyWeights(objective.penalty, base.length).map((weight, k) => weight * base[k]);
  return (rows) => {
    const left = openFullBatch(objective.select(complement(rows, objective.interactions.size)), run);
    return {
      async evaluate(params, gradient) {
        const away = difference(params, base);
        let value = (await left.evaluate(params, gradient)) - dot(pull, params) + 0.5 * damping * dot(away, away);
        addScaled(gradient, -1, pull);
        addScaled(gradient, damping, away);
        for (const { pairs, minus } of slopes) {
          const point = objective.model.at(params, pairs);
          value += dot(minus, point.scores);
          point.addVjp(minus, gradient);
          await run.yieldToEventLoop();
        }
        return value;
      },
      async product(params, direction, out, curvature) {
        await left.product(params, direction, out, curvature);
        if (curvature === "gauss-newton") return;
        for (const { pairs, minus } of slopes) {
          objective.model.at(params, pairs).addCurvature(minus, direction, out);
          await run.yieldToEventLoop();
        }
      },
      close: () => left.close(),
    };
  };
}

/** Minus the slopes of all losses at a point, in chunks of examples. */
async function slopesAt(objective: Objective, params: Float64Array, { yieldToEventLoop }: BatchRun) {
  const found: { readonly pairs: Pairs; readonly minus: Float64Array }[] = [];
  for (const units of chunks(objective, pairsInTurn)) {
    const examples = objective.examplesOf(units);
    const { scores } = objective.model.at(params, examples.pairs);
    const minus = new Float64Array(scores.length);
    objective.settings.loss.evaluate(scores, examples, minus);
    scaleInPlace(minus, -1);
    found.push({ pairs: examples.pairs, minus });
    await yieldToEventLoop();
  }
  return found;
}
