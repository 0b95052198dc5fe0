/** Relative influence: what a player does to a measure, over what it does to the whole model. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import type { Estimate, Estimator } from "../../method/estimator.ts";
import type { Measure } from "../../method/measure.ts";
import { method } from "../../method/method.ts";
import { smoothParameters } from "../../method/needs.ts";
import type { Players } from "../../method/players.ts";
import { dot, norm } from "../../numeric/vector.ts";
import { type ObjectiveSession, openObjective } from "../../objective/session.ts";
import { projectionOf } from "../../training/newton/projection.ts";
import type { HessianSolver } from "../../training/newton/solve.ts";
import { solverAt } from "../../training/solve.ts";
import type { Smooth } from "../../training/trained-model.ts";
import { targetOf } from "../by-target.ts";
import { influenceFunctionProperties } from "../influence-function.ts";
import { addPlayerGradient } from "./player-gradients.ts";

/** By what an influence is divided: the move of the parameters, or √ of what the player's own loss gains by it. */
export type RelativeNorm = "parameters" | "loss";

/** The setting of that. */
export const normSetting = {
  summary: "divided by the size of the parameters' move, or by the root of what the player's own loss gains by it",
  standard: "parameters",
  choices: ["parameters", "loss"],
} as const;

/**
 * −∇targetᵀH⁺g/‖H⁺g‖, or over √(gᵀH⁺g), g = Σ∇ℓ of the player's rows with graph and input held (Barshan, Brunet & Dziugaite 2020; survey, Eq. 66). The same whatever g is
 * multiplied by. Cost: one solve a player, whatever the number of measures.
 */
export const relativeInfluence = method({
  name: "relative-influence",
  summary: "influence over the size of what the player does to all parameters, or to its own loss",
  source: "Barshan, Brunet and Dziugaite (2020); survey, Eq. 66",
  needs: [smoothParameters],
  settings: {
    norm: normSetting,
    tolerance: { summary: "relative residual of the solve", standard: 1e-8, above: 0 },
  },
  cost: "a solve a player",
  value: "relative",
  properties: {
    ...influenceFunctionProperties,
    // One solve a player serves all targets.
    ...{ full: "O(n²p)", further: "O(n)", storage: "O(np)" },
    traits: influenceFunctionProperties.traits.filter((trait) => trait !== "estimates leave-one-out"),
  },
  make: ({ norm: by, tolerance }): Estimator => ({
    async prepare({ smooth }, run) {
      const { objective, params } = smooth as Smooth;
      const session = openObjective(objective, params, run);
      const solver = offRotations(smooth as Smooth, await solverAt(objective, params, run, { tolerance }));
      return {
        estimate: (measures, players) => relative(session, solver, measures, players, by as RelativeNorm, run),
        close() {
          solver.close();
          session.close();
        },
      };
    },
  }),
});

/** The solutions of a solver without what turns the factors: it changes no score, and would count in their length. */
function offRotations({ objective, params }: Smooth, solver: HessianSolver): HessianSolver {
  const project = projectionOf(objective, params);
  return {
    async solve(rhs) {
      const solved = await solver.solve(rhs);
      project(solved.value);
      return solved;
    },
    close: solver.close,
  };
}

async function relative(
  session: ObjectiveSession,
  solver: HessianSolver,
  measures: readonly Measure[],
  players: Players,
  by: RelativeNorm,
  run: RunContext,
): Promise<Estimate> {
  const asked: Float64Array[] = [];
  for (const measure of measures) asked.push((await session.targetGradient(targetOf(measure))).gradient);
  const values = new Float64Array(measures.length * players.count);
  const statuses = new Array<SolveStatus>(values.length).fill("converged");
  let residual = 0;
  for (let k = 0; k < players.count; k++) {
    const found = await onPlayer(session, solver, asked, players, k, by);
    for (let m = 0; m < measures.length; m++) {
      values[m * players.count + k] = found.values[m];
      statuses[m * players.count + k] = found.status;
    }
    residual = Math.max(residual, found.residual);
    run.onProgress?.({ phase: "players", step: k + 1, fraction: (k + 1) / players.count });
    await run.yieldToEventLoop();
  }
  return { values, statuses, residual, evaluations: players.count };
}

async function onPlayer(
  session: ObjectiveSession,
  solver: HessianSolver,
  asked: readonly Float64Array[],
  players: Players,
  k: number,
  by: RelativeNorm,
): Promise<{ readonly values: readonly number[]; readonly status: SolveStatus; readonly residual: number }> {
  const nothing = { values: asked.map(() => 0), status: "converged", residual: 0 } as const;
  if (players.rows(k).length === 0) return nothing;
  const gradient = new Float64Array(asked[0]?.length ?? 0);
  if (gradient.length === 0) return nothing;
  await addPlayerGradient(session, players, k, gradient);
  const { value, status, residual } = await solver.solve(gradient);
  const size = sizeOf(gradient, value, by);
  if (size === undefined) return { ...nothing, status: "breakdown", residual };
  return { values: asked.map((target) => over(-dot(target, value), size)), status, residual };
}

/** By what influences through x = H⁻¹g are divided; undefined where gᵀx is negative and has no root. */
export function sizeOf(gradient: Float64Array, x: Float64Array, by: RelativeNorm): number | undefined {
  if (by === "parameters") return norm(x);
  const gain = dot(gradient, x);
  return gain >= 0 ? Math.sqrt(gain) : undefined;
}

/** value/size; what does nothing has influence 0. */
export function over(value: number, size: number): number {
  return size > 0 ? value / size : 0;
}
