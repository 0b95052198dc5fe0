/** Renormalised influence: gradients count by their direction alone. */

import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { smoothParameters } from "../../method/needs.ts";
import { addScaled, norm } from "../../numeric/vector.ts";
import { type ObjectiveSession, openObjective } from "../../objective/session.ts";
import type { Target } from "../../objective/target.ts";
import { solverAt } from "../../training/solve.ts";
import type { Smooth } from "../../training/trained-model.ts";
import { byTarget } from "../by-target.ts";
import { influenceFunctionProperties } from "../influence-function.ts";
import { directionsAt, type GradientsAt } from "./directions.ts";
import { over } from "./relative-influence.ts";

/**
 * −∇targetᵀH⁺g/‖g‖, g = Σ∇ℓ of the player's rows with graph and input held (Hammoudeh & Lowd 2022; survey, Eq. 69). The survey's text takes unit vectors of the
 * targets' gradients too: `target` unit, every pair's gradient by itself; of one pair it ranks the same, of several it does not. Cost: one solve a target,
 * O(d) a row.
 */
export const renormalisedInfluence = method({
  name: "renormalised-influence",
  summary: "influence over the size of the player's gradient: rows count by their direction, not by their loss",
  source: "Hammoudeh and Lowd (2022); survey, Eq. 69",
  needs: [smoothParameters],
  settings: {
    target: {
      summary: "the target's gradient as it is, or a unit vector for each of its pairs",
      standard: "plain",
      choices: ["plain", "unit"],
    },
    tolerance: { summary: "relative residual of the solve", standard: 1e-8, above: 0 },
  },
  cost: "a solve a target",
  value: "relative",
  properties: {
    ...influenceFunctionProperties,
    traits: influenceFunctionProperties.traits.filter((trait) => trait !== "estimates leave-one-out"),
  },
  make: ({ target: reading, tolerance }): Estimator => ({
    async prepare({ smooth }, run) {
      const { objective, params } = smooth as Smooth;
      const session = openObjective(objective, params, run);
      const solver = await solverAt(objective, params, run, { tolerance });
      const rowsAlong: GradientsAt["rowsAlong"] = (rows, x) => session.rowsAlong(rows, x, { fixedData: true });
      const directions = directionsAt({ rowGradients: session.rowGradients, rowsAlong });
      return byTarget(
        run,
        async (target, players) => {
          const asked = await (reading === "unit" ? unitGradients(session, target) : gradientOf(session, target));
          const { value, status, residual } = await solver.solve(asked);
          const scores = await directions(players, value);
          return { scores, statuses: Array.from(scores, () => status), residual };
        },
        () => {
          solver.close();
          session.close();
        },
      );
    },
  }),
});

async function gradientOf(session: ObjectiveSession, target: Target): Promise<Float64Array> {
  return (await session.targetGradient(target)).gradient;
}

/** Σ over the pairs of slope·∇score over its own size. */
async function unitGradients(session: ObjectiveSession, target: Target): Promise<Float64Array> {
  const { gradient, slopes } = await session.targetGradient(target);
  const out = new Float64Array(gradient.length);
  for (const [n, slope] of slopes.entries()) {
    const pairs = { users: target.pairs.users.subarray(n, n + 1), items: target.pairs.items.subarray(n, n + 1) };
    const one = await gradientOf(session, {
      label: target.label,
      pairs,
      of: () => 0,
      slopes: () => Float64Array.of(slope),
    });
    addScaled(out, over(1, norm(one)), one);
  }
  return out;
}
