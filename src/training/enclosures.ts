/** Balls that hold the optima near a trained model, each without some of its rows: prepared once, asked many times. */

import type { Rows } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { type Rotation, roomAround, splitRotation, turnedToward, withoutDust } from "../model/rotations.ts";
import { closedFormsOf } from "../objective/closed-forms.ts";
import type { Factorization } from "../objective/factorization.ts";
import type { Objective } from "../objective/objective.ts";
import { type Enclosure, enclosuresAt, type Turns } from "./factors/enclosure.ts";
import { projectionOf } from "./newton/projection.ts";
import type { Smooth } from "./trained-model.ts";

export type { Enclosure } from "./factors/enclosure.ts";

/** Balls around optima near a model. */
export interface OptimumBalls {
  /** Two Newton steps without these rows, and how far from there the optimum is at most. */
  without(rows: Rows): Promise<Enclosure & { readonly objective: Objective }>;
  close(): void;
}

/**
 * Prepares them. Throws `unsupported` for objectives without closed forms on ratings. A radius is NaN where nothing can be told: also everywhere, where the model is at no
 * strict minimum. Cost: some 150 products with the Hessian, then two solves and some tens of products each.
 */
export async function optimumBalls(
  { objective, params, gradientNorm }: Smooth,
  run: RunContext,
): Promise<OptimumBalls> {
  const base = turnsOf(objective, params);
  const near = await enclosuresAt(onRatings(objective), params, base, gradientNorm, run);
  return {
    async without(rows) {
      const retain = objective.without(rows);
      const turns = turnsAlike(objective, retain) ? base : turnsOf(retain, params);
      await run.yieldToEventLoop();
      if (near === undefined) return { objective: retain, params, gradientNorm: Number.NaN, radius: Number.NaN };
      return { objective: retain, ...(await near.without(onRatings(retain), turns)) };
    },
    close: () => near?.close(),
  };
}

/** The closed forms of squared loss on ratings. */
function onRatings(objective: Objective): Factorization {
  const closed = closedFormsOf(objective);
  if (closed !== undefined && closed.zeroWeight === 0) return closed;
  throw new LetheError(
    "unsupported",
    "balls around optima need matrix factorization under squared loss on ratings",
    "use leave-one-out",
  );
}

/** Whether both turn alike, and hold the same rows. */
function turnsAlike(objective: Objective, retain: Objective): boolean {
  return (
    objective.settings.regularizer === "table" &&
    objective.interactions.components.count === retain.interactions.components.count
  );
}

function turnsOf(objective: Objective, at: Float64Array): Turns {
  const parts = rotationsOf(objective);
  const params = withoutDust(at);
  return {
    project: projectionOf(objective, params),
    toward: (found) => turnedToward(parts, found, params),
    room: roomAround(parts, params),
  };
}

/** The rotations of every component. */
function rotationsOf({ model, interactions: { components } }: Objective): readonly Rotation[] {
  const whole = model.rotations ?? [];
  if (components.count === 1) return whole;
  const labels = [...components.ofUser, ...components.ofItem];
  return whole.flatMap((rotation) => splitRotation(rotation, labels));
}
