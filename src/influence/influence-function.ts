/** The influence function on all parameters: one linear solve a target, then one inner product a row. */

import type { Estimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { smoothParameters } from "../method/needs.ts";
import type { Properties } from "../method/properties.ts";
import { openObjective } from "../objective/session.ts";
import { solverAt } from "../training/solve.ts";
import type { Smooth } from "../training/trained-model.ts";
import { byTarget, sumOverRows } from "./by-target.ts";
import { alongDirection } from "./first-order.ts";

const settings = {
  tolerance: { summary: "relative residual at which conjugate gradients stop", standard: 1e-8, above: 0 },
  solver: {
    summary: "how H is solved with; the dense ones are for small problems",
    standard: "iterative",
    choices: ["iterative", "cholesky", "pseudo-inverse"],
  },
  curvature: { summary: "the true Hessian, or Gauss-Newton's", standard: "full", choices: ["full", "gauss-newton"] },
  damping: { summary: "added to the diagonal of H", standard: 0, least: 0 },
  data: {
    summary: "whether a row leaves the graph or input too; fixed: as most published programs compute it",
    standard: "moving",
    choices: ["moving", "fixed"],
  },
} as const;

/** What Table 1 says of influence functions (Hammoudeh and Lowd 2024). */
export const influenceFunctionProperties: Properties = {
  ...{ family: "static gradient", kin: "influence functions" },
  ...{ full: "O(np)", further: "O(np)", space: "O(n + p)", storage: "0" },
  traits: [
    ...(["assumes differentiable", "assumes convexity", "assumes stationarity", "uses Hessian"] as const),
    ...(["estimates leave-one-out", "group influence", "hyperparameter sensitive", "high instance cost"] as const),
  ],
};

/**
 * −∇targetᵀ H⁻¹ ∂_w∇J with the true Hessian of the sum (Koh & Liang 2017, in this sign: positive supports the target), w the weight of a row:
 * its own term's gradient and, for models that the interactions enter (graphs, autoencoders), what its weight changes there. Rotations, on
 * which H is null, are left out. A player of several rows is the sum of them: first order. Cost: one product with H a step.
 */
export const influenceFunction = method({
  name: "influence-function",
  summary: "first-order influence through all parameters (and the graph), by conjugate gradients on the true Hessian",
  source: "Koh and Liang (2017); of groups Koh, Ang, Teo and Liang (2019)",
  needs: [smoothParameters],
  settings,
  cost: "a solve a target",
  properties: influenceFunctionProperties,
  make: ({ solver, tolerance, curvature, damping, data }): Estimator => ({
    async prepare(model, run) {
      const { objective, params } = model.smooth as Smooth;
      const session = openObjective(objective, params, run);
      const solve = { solver: solver as "iterative", tolerance, damping, curvature: curvature as "full" };
      const prepared = await solverAt(objective, params, run, solve);
      return byTarget(
        run,
        sumOverRows(alongDirection(session, (gradient) => prepared.solve(gradient), data === "fixed")),
        () => {
          prepared.close();
          session.close();
        },
      );
    },
  }),
});
