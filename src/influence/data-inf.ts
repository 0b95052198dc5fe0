/** Influence through blocks whose inverse is the mean of each row's own inverse: a closed form without a solve. */

import type { Rows } from "../data/interactions.ts";
import type { Estimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { tablesWithL2 } from "../method/needs.ts";
import { placesOfRows } from "../model/tensors.ts";
import { dot } from "../numeric/vector.ts";
import type { Objective } from "../objective/objective.ts";
import { penaltyWeights } from "../objective/penalty.ts";
import { ownersReached } from "../objective/reached-rows.ts";
import { openObjective } from "../objective/session.ts";
import type { YieldToEventLoop } from "../run.ts";
import type { Smooth } from "../training/trained-model.ts";
import { byTarget, sumOverRows } from "./by-target.ts";
import { regressorsOf, rowsTouching } from "./fast/support-block.ts";
import { sparseRows } from "./fast-if.ts";
import { alongDirection } from "./first-order.ts";
import { influenceFunctionProperties } from "./influence-function.ts";

/**
 * −τᵀB g with B the mean over the n terms of a block of (x xᵀ + Λ/n)⁻¹, over n: (Σ x xᵀ + Λ)⁻¹ with inverse and mean in the other order (Kwon, Wu, Wu & Zou 2024,
 * Eq. 5, in sums). A block is the rows of the tables of one user or one item, Λ its L2, x xᵀ a term's Gauss-Newton part; printed: x its
 * gradient. The rest is held. One term a block is exact; with more, B is too large. Cost: O(d) for each term that reads the target's users and items, and O(d) a row.
 */
export const dataInf = method({
  name: "data-inf",
  summary: "influence through the user's and the item's own rows, their blocks inverted one row at a time",
  source: "Kwon, Wu, Wu and Zou (2024), Eq. 5",
  needs: [sparseRows, tablesWithL2],
  settings: {
    form: {
      summary: "corrected: curvature by the loss's second derivative; printed: by its gradient times itself",
      standard: "corrected",
      choices: ["corrected", "printed"],
    },
  },
  cost: "closed form",
  // m terms of the user and of the item, blocks of d factors.
  properties: {
    ...influenceFunctionProperties,
    ...{ full: "O(mp + n)", further: "O(mp + n)" },
    traits: influenceFunctionProperties.traits.filter((trait) => trait !== "high instance cost"),
  },
  make: ({ form }): Estimator => ({
    async prepare({ smooth }, run) {
      const { objective, params } = smooth as Smooth;
      const session = openObjective(objective, params, run);
      const terms = form === "printed" ? gradientsOf : regressorsOf;
      const direction = async (gradient: Float64Array) => {
        const value = await throughBlocks(objective, params, gradient, terms, run.yieldToEventLoop);
        return { value, status: "converged" as const, residual: 0 };
      };
      return byTarget(run, sumOverRows(alongDirection(session, direction)), session.close);
    },
  }),
});

/** The vectors on some places whose squares are the curvature of rows' terms. */
type TermsOf = typeof regressorsOf;

/** B·gradient on the block of every user and every item whose rows the gradient reads; 0 elsewhere. */
async function throughBlocks(
  objective: Objective,
  params: Float64Array,
  gradient: Float64Array,
  termsOf: TermsOf,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Float64Array> {
  const weights = penaltyWeights(objective.penalty, params.length);
  const scratch = new Float64Array(params.length);
  const out = new Float64Array(params.length);
  for (const side of ["user", "item"] as const)
    for (const own of ownersReached(objective, side, gradient)) {
      const places = placesOfRows(objective.tensors, side, [own]);
      const rows = side === "user" ? rowsTouching(objective, own, nobody) : rowsTouching(objective, nobody, own);
      const terms: Float64Array[] = [];
      for (let k = 0; k < rows.length; k += together) {
        await yieldToEventLoop();
        terms.push(...termsOf(objective, params, rows.subarray(k, k + together), places, scratch));
      }
      const [l2, asked] = [weights, gradient].map((of) => Float64Array.from(places, (place) => of[place]));
      swapped(terms, l2, asked).forEach((x, f) => {
        out[places[f]] = x;
      });
    }
  return out;
}

/** Rows between two turns of the event loop. */
const together = 16;

/** No user and no item has this index. */
const nobody = -1;

/** (1/n)·mean over x of (x xᵀ + Λ/n)⁻¹b, each by Sherman and Morrison. Terms that do not read the block are none of its n. */
function swapped(terms: readonly Float64Array[], l2: Float64Array, b: Float64Array): Float64Array {
  // Under interaction L2 the block of who has no rows has none; no row's gradient reads it.
  const over = (x: Float64Array) => x.map((value, f) => (l2[f] === 0 ? 0 : value / l2[f]));
  const own = terms.filter((x) => x.some((value) => value !== 0));
  const n = own.length;
  const out = over(b);
  const free = out.slice();
  for (const x of own) {
    const y = over(x);
    const share = dot(x, free) / (n * (1 / n + dot(x, y)));
    for (let f = 0; f < out.length; f++) out[f] -= share * y[f];
  }
  return out;
}

/** Gradients of rows' losses on some places. */
function gradientsOf(
  objective: Objective,
  params: Float64Array,
  rows: Rows,
  places: Uint32Array,
  scratch: Float64Array,
): Float64Array[] {
  return Array.from(rows, (row) => {
    const examples = objective.examplesOfRows(Uint32Array.of(row));
    const point = objective.model.at(params, examples.pairs);
    const slopes = new Float64Array(point.scores.length);
    objective.settings.loss.evaluate(point.scores, examples, slopes);
    point.addVjp(slopes, scratch);
    const gradient = Float64Array.from(places, (place) => scratch[place]);
    scratch.fill(0);
    return gradient;
  });
}
