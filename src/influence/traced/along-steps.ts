/** Estimators that walk along a training: what every step did to the targets, charged to the rows of its batch. */

import type { Interactions, Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import type { Estimate, PreparedEstimator } from "../../method/estimator.ts";
import type { Players } from "../../method/players.ts";
import { reachedRowsAlong } from "../../objective/reached-rows.ts";
import type { Target } from "../../objective/target.ts";
import { finishYielding } from "../../run.ts";
import type { TracedStep } from "../../training/trajectory/traced-step.ts";
import type { Trajectory } from "../../training/trajectory/trajectory.ts";
import { targetOf } from "../by-target.ts";

/** The setting with which optimizers are taken whose steps are no sums over rows. */
export const heuristic = {
  summary: "also for momentum and Adam, whose steps are no sums over rows: a number then, and no identity",
  standard: false,
} as const;

/** What the rows of one step contributed to a target. */
export type StepContribution = (step: TracedStep, rows: Rows, target: Target) => Promise<Float64Array>;

/** Walks a training, and adds what every row contributed to every target to `sums`, a number a row for each. */
export type Walk = (targets: readonly Target[], sums: readonly Float64Array[]) => Promise<void>;

/** Walks the training once for all measures; a player's contribution is that of its rows together. */
export function byWalk({ size }: Pick<Interactions, "size">, walk: Walk): PreparedEstimator {
  return {
    async estimate(measures, players) {
      const targets = measures.map(targetOf);
      const sums = targets.map(() => new Float64Array(size));
      await walk(targets, sums);
      return estimateOf(sums, players);
    },
    close: () => {},
  };
}

/** A row's contribution is the sum over the steps whose batch has it. */
export function alongSteps(trajectory: Trajectory, run: RunContext, contribution: StepContribution): PreparedEstimator {
  return byWalk(trajectory.objective.interactions, (targets, sums) =>
    trajectory.forwards(async (step) => {
      const rows = rowsOfStep(step);
      for (const [m, target] of targets.entries()) {
        const values = await contribution(step, rows, target);
        rows.forEach((row, n) => {
          sums[m][row] += values[n];
        });
      }
      tellStep(step.step, trajectory, run);
    }),
  );
}

/** Says how far along a training its replay is. */
export function tellStep(step: number, { steps }: Pick<Trajectory, "steps">, { onProgress }: RunContext): void {
  onProgress?.({ phase: "steps", step: step + 1, fraction: (step + 1) / steps });
}

/** The rows whose terms are in a step: its units, or all rows of its users where the loss reads whole lists. */
export function rowsOfStep({ objective, units }: Pick<TracedStep, "objective" | "units">): Rows {
  if (objective.settings.loss.form !== "listwise") return units;
  const { start, rows } = objective.interactions.byUser;
  return Uint32Array.from([...units].flatMap((user) => [...rows.subarray(start[user], start[user + 1])]));
}

/** What players contributed to targets: the sums over their rows. Where a training ran away, a number that is none is no answer. */
export function estimateOf(sums: readonly Float64Array[], players: Players): Estimate {
  return answered(sums.flatMap((of) => Array.from({ length: players.count }, (_, k) => sumOver(players.rows(k), of))));
}

/** Numbers as an estimate. */
export function answered(found: readonly number[]): Estimate {
  const statuses = found.map((value): SolveStatus => (Number.isFinite(value) ? "converged" : "breakdown"));
  return { values: Float64Array.from(found), statuses, residual: 0, evaluations: 1 };
}

/** The sum of rows' numbers. */
export function sumOver(rows: Rows, of: Float64Array): number {
  return rows.reduce((sum, row) => sum + of[row], 0);
}

/** ⟨∇ of each row's own term in a step, direction⟩, with the interaction L2 that the row carries, graph and input held. */
export function rowsAlongStep(
  { objective, params }: TracedStep,
  rows: Rows,
  direction: Float64Array,
  { yieldToEventLoop }: RunContext,
): Promise<Float64Array> {
  return finishYielding(reachedRowsAlong(objective, params, rows, direction), yieldToEventLoop);
}
