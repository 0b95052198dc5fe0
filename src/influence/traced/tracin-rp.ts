/** TracIn at checkpoints, with gradients that are sketched and kept. */

import type { Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Estimator, PreparedEstimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { plainSteps } from "../../method/needs.ts";
import type { Players } from "../../method/players.ts";
import { addScaled } from "../../numeric/vector.ts";
import { targetGradient } from "../../objective/derivatives.ts";
import type { Target } from "../../objective/target.ts";
import type { Smooth } from "../../training/trained-model.ts";
import { byTarget } from "../by-target.ts";
import { checkpointSettings, checkpointsOf } from "./checkpoints.ts";
import { lengthOf, type SketchedCheckpoint, type SketchedRows, sketchedRows } from "./sketched-rows.ts";
import { type Projection, sketchesOf } from "./sketches.ts";
import { checkpointProperties } from "./tracin-cp.ts";

/**
 * −Σ_c w_c·⟨S_c∇target, S_c∇ℓ_k⟩ over the checkpoints of tracin-cp, S_c drawn anew for each with E SᵀS = I (Pruthi et al. 2020, §3.3 and appendix; survey, §5.2.1.3): unbiased. The
 * variance of an inner product of a and b is (‖a‖²‖b‖² + (a·b)²)/m with normal entries, and 2Σa²b²/m less with a count sketch; standard errors are of the first. Cost: a row's gradient at
 * every checkpoint once, then O(m) a checkpoint and row for every target.
 */
export const tracinRp = method({
  name: "tracin-rp",
  summary: "tracin-cp with gradients sketched to a few numbers, which are kept: unbiased, with standard errors",
  source: "Pruthi, Liu, Kale and Sundararajan (2020); survey, §5.2.1.3",
  needs: [plainSteps],
  settings: {
    ...checkpointSettings,
    size: { summary: "numbers that a gradient is sketched to", standard: 64, least: 1, whole: true },
    projection: {
      summary: "count: every parameter to one place with a sign; gaussian: normal entries for all",
      standard: "count",
      choices: ["count", "gaussian"],
    },
    seed: { summary: "of the sketches", standard: 1, least: 0, whole: true },
  },
  cost: "a training",
  // m numbers a sketch.
  properties: { ...checkpointProperties, ...{ further: "O(nmC)", space: "O(nmC + p)", storage: "O(nmC)" } },
  make: ({ checkpoints, size, projection, seed }): Estimator => ({
    async prepare(model, run) {
      const sketchOf = sketchesOf((model.smooth as Smooth).objective, projection as Projection, size, seed);
      const found = await checkpointsOf(model, checkpoints, run);
      return throughSketches(
        found.map((checkpoint, c) => ({ ...checkpoint, sketch: sketchOf(c) })),
        run,
      );
    },
  }),
});

/** Players whose sketches are held together. */
const together = 256;

/** −Σ weight·⟨S∇target, S∇ℓ⟩ of players, each the sum of its rows, by the sketches of checkpoints. */
export function throughSketches(checkpoints: readonly SketchedCheckpoint[], run: RunContext): PreparedEstimator {
  const sketched = sketchedRows(checkpoints, run);
  return byTarget(run, async (target, players) => {
    const asked = sketchOfTarget(checkpoints, target);
    const scores = new Float64Array(players.count);
    const standardErrors = new Float64Array(players.count);
    for (let from = 0; from < players.count; from += together) {
      const to = Math.min(players.count, from + together);
      const own = await sketchesOfPlayers(sketched, players, from, to, asked.length);
      own.forEach((sketch, k) => {
        [scores[from + k], standardErrors[from + k]] = product(checkpoints, asked, sketch);
      });
      await run.yieldToEventLoop();
    }
    return { scores, standardErrors, statuses: Array.from(scores, () => "converged" as const), residual: 0 };
  });
}

function sketchOfTarget(checkpoints: readonly SketchedCheckpoint[], target: Target): Float64Array {
  const out = new Float64Array(lengthOf(checkpoints));
  let at = 0;
  for (const { objective, params, sketch } of checkpoints) {
    const { gradient } = targetGradient(objective, params, target);
    for (let place = 0; place < gradient.length; place++)
      if (gradient[place] !== 0) sketch.add(place, gradient[place], out, at);
    at += sketch.size;
  }
  return out;
}

async function sketchesOfPlayers(
  sketched: SketchedRows,
  players: Players,
  from: number,
  to: number,
  length: number,
): Promise<readonly Float64Array[]> {
  if (players.single !== undefined) return sketched(players.single.subarray(from, to));
  const out: Float64Array[] = [];
  for (let k = from; k < to; k++) out.push(await sumOf(sketched, players.rows(k), length));
  return out;
}

async function sumOf(sketched: SketchedRows, rows: Rows, length: number): Promise<Float64Array> {
  const sum = new Float64Array(length);
  for (let at = 0; at < rows.length; at += together)
    for (const own of await sketched(rows.subarray(at, at + together))) addScaled(sum, 1, own);
  return sum;
}

/** The weighed product of two sketches, and its standard error as far as they tell. */
function product(
  checkpoints: readonly SketchedCheckpoint[],
  a: Float64Array,
  b: Float64Array,
): readonly [number, number] {
  let [at, score, variance] = [0, 0, 0];
  for (const { weight, sketch } of checkpoints) {
    let [along, aa, bb] = [0, 0, 0];
    for (const end = at + sketch.size; at < end; at++) {
      along += a[at] * b[at];
      aa += a[at] * a[at];
      bb += b[at] * b[at];
    }
    score -= weight * along;
    variance += (weight * weight * (aa * bb + along * along)) / sketch.size;
  }
  return [score, Math.sqrt(variance)];
}
