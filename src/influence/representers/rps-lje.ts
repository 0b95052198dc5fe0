/** Representers by a local Jacobian expansion: the layer after one gradient step and one Newton step, as a sum over rows. */

import type { Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { linearScores, localScores, positiveL2 } from "../../method/needs.ts";
import { dot } from "../../numeric/vector.ts";
import { penaltyWeights } from "../../objective/penalty.ts";
import { type ObjectiveSession, openObjective } from "../../objective/session.ts";
import type { Target } from "../../objective/target.ts";
import type { Smooth } from "../../training/trained-model.ts";
import { byTarget, type RowContribution, sumOverRows } from "../by-target.ts";
import { type Layer, layersOf } from "./layers.ts";
import { movedNote, sharesNote } from "./notes.ts";
import { lackingOfSide, type Side } from "./represented.ts";

/**
 * Share of row k: ⟨φ†/n − H⁻¹(∇ℓ_k + Λφ†/n), x⟩ with φ the parameters of the layer (a user's or an item's row, or a network's last layer), φ† after one step along −∇J/n,
 * H = ∂²J/∂φ² and ∇ℓ_k there, Λ its L2, n its rows, x = ∂target/∂φ (Sui, Wu & Sanner 2021; their α_k times x_k, without dividing by it). The shares
 * of all rows sum to the score at the Newton point. Cost: the layer's dense block, O(n·d²), a pass for ∇J, and O(d) a row.
 */
export const rpsLje = method({
  name: "rps-lje",
  summary: "shares of the score after one gradient step and one Newton step of the layer that it is linear in",
  source: "Sui, Wu and Sanner (2021); survey, §5.1.2.3",
  needs: [localScores, linearScores, positiveL2],
  settings: {
    side: {
      summary: "of dot products: whether the layer is the user's row or the item's",
      standard: "user",
      choices: ["user", "item"],
    },
    step: { summary: "length of the gradient step, on the mean over the layer's rows", standard: 0.01, least: 0 },
  },
  cost: "closed form",
  value: "share",
  properties: {
    family: "static gradient",
    kin: "representer point",
    full: "O(n·d²)",
    further: "O(n)",
    space: "O(n + p)",
    storage: "0",
    traits: [
      "assumes differentiable",
      "assumes convexity",
      "assumes linear model",
      "uses Hessian",
      "hyperparameter sensitive",
    ],
  },
  make: ({ side, step }): Estimator => ({
    async prepare({ smooth }, run) {
      const { objective, params } = smooth as Smooth;
      const session = openObjective(objective, params, run);
      return byTarget(run, sumOverRows(expansion(smooth as Smooth, side as Side, step, session, run)), session.close);
    },
  }),
});

/** What one layer answers for: its part of the target's gradient. */
interface Part {
  readonly layer: Layer;
  readonly asked: Float64Array;
}

function expansion(
  { objective, params }: Smooth,
  side: Side,
  step: number,
  session: ObjectiveSession,
  run: RunContext,
): (target: Target, rows: Rows) => Promise<RowContribution> {
  const layerOf = layersOf({ objective, params, side, step }, run);
  const weights = penaltyWeights(objective.penalty, params.length);
  return async (target, rows) => {
    session.moveTo(params);
    const scores = await session.scores(target.pairs);
    const slopes = target.slopes(scores);
    const shares = new Float64Array(rows.length);
    const whole = { ofRows: 0, pairs: 0, before: 0, after: 0, size: 0 };
    for (const part of await partsOf(objective, params, target, slopes, layerOf)) {
      const found = await sharesIn(part, weights, rows, session);
      if (found === undefined) return { scores: shares.fill(0), status: "breakdown", residual: 0 };
      found.scores.forEach((x, k) => {
        shares[k] += x;
      });
      const before = part.layer.places.reduce((sum, place, f) => sum + part.asked[f] * params[place], 0);
      whole.ofRows += found.ofRows;
      whole.pairs += found.newton - found.ofRows;
      whole.before += before;
      whole.after += found.newton;
      whole.size += Math.abs(before) + Math.abs(found.newton);
    }
    const all = dot(slopes, scores);
    const { ofRows, before, after, size } = whole;
    const lacking = objective.model.lastLayer ? "what has no L2" : lackingOfSide[side];
    const notes = [
      ...movedNote("the layer was moved to its Newton point", all, all + after - before),
      sharesNote({ ofRows, pairs: whole.pairs, without: all - before, lacking, missing: 0, size }),
    ];
    return { scores: shares, status: "converged", residual: 0, notes };
  };
}

/** The layers of a target's pairs, each once, and what of the target's gradient is theirs. */
async function partsOf(
  objective: Smooth["objective"],
  params: Float64Array,
  { pairs }: Target,
  slopes: Float64Array,
  layerOf: (user: number, item: number) => Promise<Layer>,
): Promise<Iterable<Part>> {
  const parts = new Map<Layer, Part>();
  for (const [n, slope] of slopes.entries()) {
    const [user, item] = [pairs.users[n], pairs.items[n]];
    const layer = await layerOf(user, item);
    const gradient = new Float64Array(params.length);
    const pair = { users: Uint32Array.of(user), items: Uint32Array.of(item) };
    objective.serving.at(params, pair).addVjp(Float64Array.of(slope), gradient);
    const { asked } = parts.get(layer) ?? { asked: new Float64Array(layer.places.length) };
    layer.places.forEach((place, f) => {
      asked[f] += gradient[place];
    });
    parts.set(layer, { layer, asked });
  }
  return parts.values();
}

/** Shares of rows in a layer's part, those of all rows, and the part at the Newton point; undefined where the block is not positive definite. */
async function sharesIn(
  { layer, asked }: Part,
  weights: Float64Array,
  rows: Rows,
  session: ObjectiveSession,
): Promise<{ readonly scores: Float64Array; readonly ofRows: number; readonly newton: number } | undefined> {
  const { params, places } = layer;
  const solved = layer.solve(asked);
  if (solved === undefined) return layer.rows.length === 0 ? nothing(rows) : undefined;
  const direction = new Float64Array(params.length);
  let constant = 0;
  places.forEach((place, f) => {
    direction[place] = solved[f];
    constant += (asked[f] - weights[place] * solved[f]) * params[place];
  });
  session.moveTo(params);
  const along = (of: Rows) => session.rowsAlong(of, direction, { fixedData: true, lossOnly: true });
  const own = new Set(layer.rows);
  const n = own.size;
  const scores = (await along(rows)).map((x, k) => (own.has(rows[k]) ? constant / n - x : 0));
  const ofRows = n === 0 ? 0 : (await along(layer.rows)).reduce((sum, x) => sum - x, constant);
  const { gradient } = layer;
  if (gradient === undefined) return { scores, ofRows, newton: ofRows };
  const newton = places.reduce((sum, place, f) => sum + asked[f] * params[place] - solved[f] * gradient[f], 0);
  return { scores, ofRows, newton };
}

function nothing(rows: Rows) {
  return { scores: new Float64Array(rows.length), ofRows: 0, newton: 0 };
}
