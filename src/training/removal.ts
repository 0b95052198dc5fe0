/** A trained model had some of its rows never been there: asked many times, prepared once. */

import type { Rows } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { TrainStatus } from "./factors/descent.ts";
import type { MinimiseSettings } from "./minimise.ts";
import { nearby } from "./nearby.ts";
import { refit } from "./refit.ts";
import { smoothModel, type TrainedModel } from "./trained-model.ts";

/** The model without rows, and how its training ended. */
export interface Remaining {
  readonly model: TrainedModel;
  /** "converged" also of a trainer that goes to no optimum and did not break down. */
  readonly status: TrainStatus;
  /** ‖∇J‖ of a minimisation, 0 of a training from scratch. */
  readonly residual: number;
}

/** Prepared removal. */
export interface Removal {
  without(rows: Rows): Promise<Remaining>;
  close(): void;
}

/**
 * Prepares removal: of a model that converged by warm minimisation to its tolerance, or the one that is given; of any other by training from
 * scratch with the same trainer and seed.
 */
export async function removalFrom(
  trained: TrainedModel,
  run: RunContext,
  settings: MinimiseSettings = {},
): Promise<Removal> {
  const { smooth, seed, trainer } = trained;
  if (smooth?.status !== "converged")
    return {
      async without(rows) {
        const model = await refit(trained, rows, seed, { ...run, onProgress: undefined });
        const ended = model.smooth?.status ?? "converged";
        return { model, status: model.trainer.toOptimum || ended === "breakdown" ? ended : "converged", residual: 0 };
      },
      close: () => {},
    };
  const near = await nearby(smooth, run, settings);
  return {
    async without(rows) {
      const optimum = await near.without(rows);
      const { status, gradientNorm: residual } = optimum;
      return { model: smoothModel({ ...optimum, trainer, seed }), status, residual };
    },
    close: () => near.close(),
  };
}
