/** Second-order influence of a group: how its rows matter to each other, by the series of the optimum in the group's weight. */

import { worseStatus } from "../linear/status.ts";
import type { Estimator } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { smoothParameters } from "../method/needs.ts";
import { addScaled, difference, largest } from "../numeric/vector.ts";
import { gradientAt, type ObjectiveSession, openObjective } from "../objective/session.ts";
import { unreadAtZero } from "../training/minimise.ts";
import { projectionOf } from "../training/newton/projection.ts";
import { solverAt } from "../training/solve.ts";
import type { Smooth } from "../training/trained-model.ts";
import { byRemoval } from "./by-target.ts";
import { influenceFunctionProperties } from "./influence-function.ts";

const settings = {
  form: {
    summary:
      "published: without the third derivative of J, as in the paper; third-derivative: with it, right to one order more",
    standard: "published",
    choices: ["published", "third-derivative"],
  },
  tolerance: { summary: "relative residual of the solves", standard: 1e-8, above: 0 },
} as const;

/**
 * measure(θ) − measure(θ + θ′ + ½θ″): with the group's weight going from one to zero the optimum is θ + θ′ + ½θ″ + …, θ′ = H⁻¹g,
 * ½θ″ = H⁻¹(H_G θ′ − ½∇³J[θ′, θ′]), g and H_G the group's share of gradient and Hessian (Basu, You and Feizi 2020, all
 * weights to zero). The paper leaves ∇³J out, which is right where J is quadratic. What the group's rows change in a graph or an
 * input is in g and H_G. Users and items without any row left go to zero, where J puts them. Cost: two solves a player.
 */
export const secondOrderGroup = method({
  name: "second-order-group",
  summary: "influence of a group to second order in its weight: rows of a group matter to each other",
  source: "Basu, You and Feizi (2020)",
  needs: [smoothParameters],
  settings,
  cost: "a solve a player",
  properties: {
    ...influenceFunctionProperties,
    ...{ full: "O(np) a group", further: "O(p) a group", storage: "O(p) a group" },
    traits: [...influenceFunctionProperties.traits.filter((trait) => trait !== "high instance cost"), "amortizable"],
  },
  make: ({ form, tolerance }): Estimator => ({
    async prepare(model, run) {
      const { objective, params } = model.smooth as Smooth;
      const session = openObjective(objective, params, run);
      const solver = await solverAt(objective, params, run, { tolerance });
      const gradient = await gradientAt(objective, params, run);
      const project = projectionOf(objective, params);
      // H⁺: without the paper's missing term a right-hand side need not be off the rotations, nor is a solution of eliminated users.
      const solve = async (side: Float64Array) => {
        project(side);
        const solved = await solver.solve(side);
        project(solved.value);
        return solved;
      };
      return byRemoval(
        model,
        run,
        async (rows) => {
          const retain = objective.without(rows);
          const first = await solve(difference(gradient, await gradientAt(retain, params, run)));
          const left = openObjective(retain, params, run);
          const bent = await groupProduct(session, left, first.value).finally(() => left.close());
          if (form === "third-derivative") addScaled(bent, -0.5, await thirdAlong(session, params, first.value));
          const second = await solve(bent);
          const moved = unreadAtZero(
            retain,
            params.map((x, k) => x + first.value[k] + second.value[k]),
          );
          return {
            scores: async (pairs) => retain.serving.at(moved, pairs).scores,
            status: worseStatus(first.status, second.status),
            residual: Math.max(first.residual, second.residual),
          };
        },
        () => {
          solver.close();
          session.close();
        },
      );
    },
  }),
});

/** H_G·v: what the Hessian loses with the group. */
async function groupProduct(whole: ObjectiveSession, left: ObjectiveSession, v: Float64Array): Promise<Float64Array> {
  const [all, less] = [new Float64Array(v.length), new Float64Array(v.length)];
  await whole.product(v, all, "full");
  await left.product(v, less, "full");
  return difference(all, less);
}

/**
 * ∇³J[v, v] by central differences of H·v along v. Where J is a polynomial of the fourth degree, as under squared loss of factors, only rounding
 * is left; elsewhere the error is of second order in a step of 6e−6.
 */
async function thirdAlong(session: ObjectiveSession, params: Float64Array, v: Float64Array): Promise<Float64Array> {
  const step = (Math.cbrt(Number.EPSILON) * Math.max(1, largest(params))) / largest(v);
  if (!Number.isFinite(step)) return new Float64Array(v.length);
  const at = async (by: number) => {
    const out = new Float64Array(v.length);
    session.moveTo(params.map((x, k) => x + by * v[k]));
    await session.product(v, out, "full");
    return out;
  };
  try {
    return difference(await at(step), await at(-step)).map((x) => x / (2 * step));
  } finally {
    session.moveTo(params);
  }
}
