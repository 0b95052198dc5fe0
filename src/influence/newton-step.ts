/** One full Newton step without the player: second order in its influence, one solve a player. */

import type { Estimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { smoothParameters } from "../method/needs.ts";
import { gradientAt } from "../objective/session.ts";
import { unreadAtZero } from "../training/minimise.ts";
import { solverAt } from "../training/solve.ts";
import type { Smooth } from "../training/trained-model.ts";
import { byRemoval } from "./by-target.ts";

/**
 * target(θ) − target(θ − H₋⁻¹∇J₋), H₋ and ∇J₋ without the player's rows, the rotations kept out of right-hand side and iterates. A user or item that loses its last row goes to zero before the step:
 * under interaction L2 nothing would move it. Cost: a product
 * with the Hessian a step of conjugate gradients, one solve a player, whatever the number of measures.
 */
export const newtonStep = method({
  name: "newton-step",
  summary: "one Newton step of all parameters without the player; nearly exact, one solve a player",
  source: "Koh, Ang, Teo and Liang (2019), in this sign",
  needs: [smoothParameters],
  settings: { tolerance: { summary: "relative residual of the solve", standard: 1e-8, above: 0 } },
  cost: "a solve a player",
  // One solve a player, then a look at the scores for every measure that is asked along.
  properties: {
    family: "static gradient",
    kin: "influence functions",
    full: "O(n²p)",
    further: "O(n)",
    space: "O(n + p)",
    storage: "0",
    traits: [
      "assumes differentiable",
      "assumes convexity",
      "uses Hessian",
      "estimates leave-one-out",
      "group influence",
      "high upfront cost",
    ],
  },
  make: ({ tolerance }): Estimator => ({
    async prepare(model, run) {
      const { objective, params } = model.smooth as Smooth;
      return byRemoval(model, run, async (rows) => {
        const retain = objective.without(rows);
        const start = unreadAtZero(retain, params);
        const gradient = await gradientAt(retain, start, run);
        const solver = await solverAt(retain, start, run, { tolerance });
        const { value, status, residual } = await solver.solve(gradient).finally(() => solver.close());
        const moved = start.map((x, k) => x - value[k]);
        return { scores: async (pairs) => retain.serving.at(moved, pairs).scores, status, residual };
      });
    },
  }),
});
