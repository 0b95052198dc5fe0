/** The optima near a trained model, each without some of its rows: prepared once, asked many times. */

import type { Rows } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { closedFormsOf } from "../objective/closed-forms.ts";
import { reoptimise } from "./factors/reoptimise.ts";
import { slowModesOf } from "./factors/slow-modes.ts";
import { isThin } from "./factors/thin/minimise.ts";
import { type MinimiseSettings, minimise } from "./minimise.ts";
import { askedOr, toleranceOn } from "./tolerance.ts";
import type { Smooth } from "./trained-model.ts";

/** Optima near a model. */
export interface Nearby {
  /** The parameters minimised without these rows, from where the model stands. */
  without(rows: Rows): Promise<Smooth>;
  close(): void;
}

/** Beyond this share of the rows the modes of the model as it stands hinder. */
const farShare = 0.1;

/**
 * Prepares the optima near parameters. Where there are closed forms this finds the few directions along which passes crawl, by about a hundred
 * products: they are computed with data that may have to be forgotten, live in memory only, and no model inherits them.
 */
export async function nearby(smooth: Smooth, run: RunContext, settings: MinimiseSettings = {}): Promise<Nearby> {
  const { objective, params } = smooth;
  const { maxSteps } = settings;
  const closed = closedFormsOf(objective);
  // Passes over thin sets do not take them.
  const modes = closed && !isThin(closed.problem) ? await slowModesOf(closed, params, run) : undefined;
  return {
    async without(rows) {
      const retain = objective.without(rows);
      await run.yieldToEventLoop();
      const wanted = toleranceOn(retain, askedOr(settings, smooth));
      const { tolerance } = wanted;
      const retainClosed = closedFormsOf(retain);
      const slowModes = rows.length < farShare * objective.interactions.size ? modes : undefined;
      const optimum = retainClosed
        ? await reoptimise(retainClosed, params, {
            ...run,
            kernels: run.kernels.factors,
            tolerance,
            maxSteps,
            slowModes,
          })
        : await minimise(retain, params, run, { tolerance, maxSteps });
      const { params: found, value, gradientNorm, status } = optimum;
      return { objective: retain, params: found, value, gradientNorm, status, ...wanted };
    },
    close: () => {},
  };
}
