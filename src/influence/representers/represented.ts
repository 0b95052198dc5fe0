/** What of a target has a representer, and the shares of rows in it: L2 in the place of the Hessian, on parameters in which scores are linear. */

import type { Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { forEachPlace } from "../../model/tensors.ts";
import { dot } from "../../numeric/vector.ts";
import type { Objective } from "../../objective/objective.ts";
import { penaltyWeights } from "../../objective/penalty.ts";
import { openObjective } from "../../objective/session.ts";
import type { Target } from "../../objective/target.ts";
import type { RowContribution } from "../by-target.ts";
import { sharesNote } from "./notes.ts";

/** Whose rows of the tables a factor model's score is taken to be linear in. */
export type Side = "user" | "item";

/** Turns Λ⁻¹∇target into the direction along which rows' losses are read; absent: as it is. */
export type Bend = (direction: Float64Array) => Float64Array;

/** Which parameters have representers, and how rows are compared. */
export interface RepresentedBy {
  readonly objective: Objective;
  readonly params: Float64Array;
  /** Parameters in which every score is linear, the others held. */
  readonly places: Uint32Array;
  /** What has no representer, in words. */
  readonly lacking: string;
  readonly bend?: Bend | undefined;
  /** What the shares count; default 1. */
  readonly weight?: number | undefined;
}

/** Shares of rows in targets. */
export interface Representers {
  shares(target: Target, rows: Rows): Promise<RowContribution>;
  close(): void;
}

/** What a side's rows leave out. */
export const lackingOfSide: Readonly<Record<Side, string>> = {
  user: "mean and biases of items",
  item: "mean and biases of users",
};

/** The rows of one side in all tables. */
export function placesOfSide({ tensors }: Pick<Objective, "tensors">, side: Side): Uint32Array {
  const places: number[] = [];
  for (const tensor of tensors) if (tensor.rowsOf === side) forEachPlace(tensor, (place) => places.push(place));
  return Uint32Array.from(places);
}

/**
 * Of a row −⟨∇ℓ, d⟩, d = Λ⁻¹∇target on the places, Λ their L2: where score = φ·x and λφ = −Σ_k ℓ′_k·x_k this is α_k·x_k·x, α_k = −ℓ′_k/λ (Yeh et al. 2018). Over all rows it
 * sums to φ·∇target − ⟨d, ∇J⟩. Parameters without L2 have no representer.
 */
export async function representers(
  { objective, params, places, lacking, bend = (direction) => direction, weight = 1 }: RepresentedBy,
  run: RunContext,
): Promise<Representers> {
  const session = openObjective(objective, params, run);
  const gradient = new Float64Array(params.length);
  await session.evaluate(gradient);
  const weights = penaltyWeights(objective.penalty, params.length);
  return {
    async shares(target, rows) {
      const { gradient: asked, slopes } = await session.targetGradient(target);
      const direction = new Float64Array(params.length);
      let whole = 0;
      let size = 0;
      for (const k of places) {
        if (weights[k] === 0) continue;
        direction[k] = (weight * asked[k]) / weights[k];
        whole += weight * asked[k] * params[k];
        size += weight * Math.abs(asked[k] * params[k]);
      }
      const bent = bend(direction);
      const along = (of: Rows) => session.rowsAlong(of, bent, { fixedData: true, lossOnly: true });
      const held = weights.reduce((sum, l2, k) => sum + l2 * params[k] * bent[k], 0);
      const sum = held - dot(bent, gradient);
      // Pairs without an interaction have terms of their own where all pairs count.
      const ofRows = objective.settings.loss.confidence ? -total(await along(allRows(objective))) : sum;
      const scores = await session.scores(target.pairs);
      const all = slopes.reduce((most, slope, n) => most + slope * scores[n], 0);
      return {
        scores: (await along(rows)).map((x) => 0 - x),
        status: "converged",
        residual: size > 0 ? Math.abs(whole - sum) / size : 0,
        notes: [sharesNote({ ofRows, pairs: sum - ofRows, without: all - whole, lacking, missing: whole - sum, size })],
      };
    },
    close: () => session.close(),
  };
}

function allRows({ interactions }: Objective): Rows {
  return Uint32Array.from({ length: interactions.size }, (_, row) => row);
}

function total(values: Float64Array): number {
  return values.reduce((sum, x) => sum + x, 0);
}
