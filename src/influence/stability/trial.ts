/** One trial of the stability claim: the rows of a sampled rating move at the next step, and the influence of another rating is looked at. */

import type { FactorModel } from "../../model/factor-model.ts";
import { norm } from "../../numeric/vector.ts";
import { curvatureChange, printedLines } from "./bounds.ts";
import { entriesAt, errorOf, pairBlock, type Rated } from "./pair-block.ts";
import { influenceFrom, type LossScale, lossGradient, nextStep } from "./step.ts";

/** What moves, and whose influence is asked. */
export interface TrialRequest {
  readonly s: Float64Array;
  readonly v: Float64Array;
  /** The rating that step t + 1 samples, (x, y). */
  readonly sampled: Rated;
  /** The rating whose influence is asked, z = (i, j). */
  readonly asked: Rated;
  /** Changes of u_x, then of v_y: d numbers each. */
  readonly moves: Float64Array;
  /** The largest size of an entry of `moves`. */
  readonly epsilon: number;
  /** Residuals of (i, y) and (x, j) that are ratings; 0 where there is none. */
  readonly residuals: { readonly ofUser: number; readonly ofItem: number };
}

/** Changes of the influence −s_{t+1}ᵀ∇ℓ_z, and what bounds them; all for a loss of e². */
export interface Trial {
  /** −s_tᵀ∇ℓ_z, before the step. */
  readonly influence: number;
  /** Whether z has the sampled rating's user or item: the printed lines speak of no other change. */
  readonly shares: boolean;
  /** |ΔI| with v and ∇ℓ_z held fixed, as printed. */
  readonly held: number;
  /** |ΔI| with ∇ℓ_z at the moved rows, too. */
  readonly whole: number;
  readonly intermediate: number;
  readonly printed: number;
  /** Bounds `held`. */
  readonly corrected: number;
  /** `corrected` + |s_{t+1}ᵀΔ∇ℓ_z|, s_{t+1} that of the moved rows: bounds `whole`. */
  readonly correctedWhole: number;
  /** What rounding may add to a change. */
  readonly rounding: number;
}

const scale: LossScale = 2;

/** Makes one trial at a model and at the same model with the two embeddings moved. Cost: O(d), and two copies of the rows. */
export function trial(model: FactorModel, request: TrialRequest): Trial {
  const { sampled, asked, moves, epsilon, residuals } = request;
  const block = pairBlock(model, sampled.user, sampled.item);
  const { factors, jacobian } = block;
  const gradient = lossGradient(model, asked, scale);
  const before = nextStep(model, sampled, request, scale);
  const error = errorOf(model, sampled);
  const moved = whileMoved(model, sampled, moves, () => ({
    error: errorOf(model, sampled),
    step: nextStep(model, sampled, request, scale),
    gradient: lossGradient(model, asked, scale),
  }));
  const stepped = influenceFrom(before, gradient);
  const onBlock = new Set(block.places);
  const shared = gradient.values.filter((_, k) => onBlock.has(gradient.places[k]));
  const move = { jacobian: norm(jacobian), distance: norm(moves), error: Math.abs(moved.error - error) };
  const corrected = curvatureChange(move, scale) * norm(entriesAt(request.s, block.places)) * norm(shared);
  const change = { places: gradient.places, values: moved.gradient.values.map((x, k) => x - gradient.values[k]) };
  return {
    influence: influenceFrom((place) => request.s[place], gradient),
    shares: asked.user === sampled.user || asked.item === sampled.item,
    held: Math.abs(influenceFrom(moved.step, gradient) - stepped),
    whole: Math.abs(influenceFrom(moved.step, moved.gradient) - stepped),
    ...printedLines({
      ...{ epsilon, factors, ...residuals },
      itemRow: norm(jacobian.subarray(0, factors)),
      userRow: norm(jacobian.subarray(block.stride, block.stride + factors)),
    }),
    corrected,
    correctedWhole: corrected + Math.abs(influenceFrom(moved.step, change)),
    rounding: 1e-13 * gradient.places.reduce((sum, at, k) => sum + Math.abs(before(at) * gradient.values[k]), 0),
  };
}

/** What is found while two embeddings are moved; the model has its own values again afterwards, to the bit. */
function whileMoved<Found>(model: FactorModel, { user, item }: Rated, moves: Float64Array, find: () => Found): Found {
  const { params } = model;
  const { places, factors, stride } = pairBlock(model, user, item);
  const kept = entriesAt(params, places);
  for (let f = 0; f < factors; f++) {
    params[places[f]] += moves[f];
    params[places[stride + f]] += moves[factors + f];
  }
  try {
    return find();
  } finally {
    places.forEach((place, k) => {
      params[place] = kept[k];
    });
  }
}
