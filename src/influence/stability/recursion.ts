/** H⁻¹v by a series of sampled ratings: in the form that is printed, and in one that converges. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { FactorModel } from "../../model/factor-model.ts";
import type { Random } from "../../numeric/random.ts";
import { dot } from "../../numeric/vector.ts";
import type { Objective } from "../../objective/objective.ts";
import { penaltyWeights } from "../../objective/penalty.ts";
import { entriesAt, errorOf, exchanged, type PairBlock, pairBlock } from "./pair-block.ts";

/** How a series is summed. */
export interface SeriesSettings {
  readonly form: "corrected" | "printed";
  readonly samples: number;
}

/** An estimate of H⁻¹v, H the Hessian of J; not finite where the series diverged. */
export interface SeriesEstimate {
  readonly value: Float64Array;
  /** Samples that were drawn: fewer than were asked for where it diverged. */
  readonly samples: number;
}

const samplesAtOnce = 2000;

/**
 * "corrected": s ← v + (I − (n·JᵀJ + Λ)/c)·s with Gauss-Newton curvature, c = n·max‖J‖² + max Λ and the mean of s/c over the second half, which
 * converges to the inverse of the Gauss-Newton Hessian. "printed": s ← v + (I − ∇²ℓ)·s for a loss of e² without n, c and L2 (Agarwal, Bullins and Hazan 2017 need ‖∇²ℓ‖ ≤ 1 for it), twice
 * the result being set beside H of ½e². A row is brought up to date when a sample reads it. Cost: O(d) a sample.
 */
export async function inverseBySeries(
  objective: Objective,
  model: FactorModel,
  v: Float64Array,
  { form, samples }: SeriesSettings,
  random: Random,
  run: RunContext,
): Promise<SeriesEstimate> {
  const { size } = objective.interactions;
  const rule = form === "printed" ? printedRule(v.length) : await correctedRule(objective, model, run);
  const from = Math.floor(samples / 2);
  const series = seriesOf(v, rule.kept, from);
  for (let k = 0; k < samples; k++) {
    if (k === from) series.bringAll(from);
    if (k % samplesAtOnce === 0) {
      await run.yieldToEventLoop();
      run.onProgress?.({ phase: "series", step: k, fraction: k / samples });
    }
    const row = random.integer(size);
    const block = pairBlock(model, objective.interactions.users[row], objective.interactions.items[row]);
    const lost = rule.product(block, series.upTo(k, block.places), () => errorOf(model, ratedAt(objective, row)));
    if (!Number.isFinite(lost[0])) return { value: v.map(() => Number.NaN), samples: k };
    series.add(k, block.places, lost);
  }
  series.bringAll(samples);
  const found = form === "printed" ? series.last() : series.mean(samples - from);
  return { value: found.map((x) => x * rule.unit), samples };
}

/** A rating of the set. */
export function ratedAt({ interactions: { users, items, ratings } }: Pick<Objective, "interactions">, row: number) {
  return { user: users[row], item: items[row], rating: ratings[row] };
}

interface Rule {
  /** What of an entry is left at a step that does not sample it. */
  readonly kept: Float64Array;
  /** What the result is multiplied with. */
  readonly unit: number;
  product(block: PairBlock, s: Float64Array, error: () => number): Float64Array;
}

function printedRule(length: number): Rule {
  return {
    kept: new Float64Array(length).fill(1),
    unit: 2,
    product(block, s, error) {
      const along = dot(block.jacobian, s);
      const crossed = exchanged(block, s);
      const e = error();
      return block.jacobian.map((x, k) => 2 * (x * along + e * crossed[k]));
    },
  };
}

async function correctedRule(objective: Objective, model: FactorModel, run: RunContext): Promise<Rule> {
  const { interactions, penalty } = objective;
  const { size, users, items } = interactions;
  let longest = 0;
  for (let row = 0; row < size; row++) {
    if (row % samplesAtOnce === 0) await run.yieldToEventLoop();
    const { jacobian } = pairBlock(model, users[row], items[row]);
    longest = Math.max(longest, dot(jacobian, jacobian));
  }
  const weights = penaltyWeights(penalty, model.params.length);
  const c = size * longest + weights.reduce((most, x) => Math.max(most, x), 0);
  return {
    kept: weights.map((x) => 1 - x / c),
    unit: 1 / c,
    product(block, s) {
      const along = (size / c) * dot(block.jacobian, s);
      return block.jacobian.map((x) => x * along);
    },
  };
}

/**
 * s of s ← v + kept·s − (what a sample takes), entry by entry brought up to date: m steps make kept^m·s + v·(1 + kept + … + kept^(m−1)). Also the sum of
 * its values since `from`.
 */
function seriesOf(v: Float64Array, kept: Float64Array, from: number) {
  const s = v.slice();
  const sum = new Float64Array(v.length);
  const seen = new Float64Array(v.length);
  const bring = (step: number, place: number) => {
    const steps = step - seen[place];
    if (steps <= 0) return;
    const q = kept[place];
    const left = q === 1 ? 1 : q ** steps;
    const powers = q === 1 ? steps : (1 - left) / (1 - q);
    if (step > from) {
      const ofV = q === 1 ? (steps * (steps + 1)) / 2 : (steps - q * powers) / (1 - q);
      sum[place] += q * powers * s[place] + ofV * v[place];
    }
    s[place] = left * s[place] + powers * v[place];
    seen[place] = step;
  };
  return {
    upTo(step: number, places: readonly number[]): Float64Array {
      for (const place of places) bring(step, place);
      return entriesAt(s, places);
    },
    add(step: number, places: readonly number[], lost: Float64Array): void {
      places.forEach((place, k) => {
        bring(step + 1, place);
        s[place] -= lost[k];
        if (step + 1 > from) sum[place] -= lost[k];
      });
    },
    bringAll(step: number): void {
      for (let place = 0; place < s.length; place++) bring(step, place);
    },
    last: () => s,
    mean: (steps: number) => sum.map((x) => x / steps),
  };
}
