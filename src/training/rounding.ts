/** How much of a gradient is rounding: what other kernels, which sum in another order, may find instead. */

import type { RunContext } from "../kernel/run-context.ts";
import { randomOf } from "../numeric/random.ts";
import { norm } from "../numeric/vector.ts";
import { gradientAt } from "../objective/session.ts";
import type { Smooth } from "./trained-model.ts";

/**
 * About the rounding error of ‖∇J‖ at the parameters: how far the gradient moves when the last bit of every parameter changes, four times
 * over for longer sums. Near an optimum ∇J is a difference of nearly equal numbers, so that this may be more than any share of it. Cost: two
 * evaluations.
 */
export async function gradientRounding(
  { objective, params }: Pick<Smooth, "objective" | "params">,
  run: RunContext,
): Promise<number> {
  const random = randomOf(1, "last bits");
  const moved = params.map((value) => value * (1 + (random.uniform() < 0.5 ? -1 : 1) * 2 ** -52));
  const here = await gradientAt(objective, params, run);
  const there = await gradientAt(objective, moved, run);
  return 4 * norm(here.map((slope, k) => slope - there[k]));
}
