/** Walks from the start of a training to its end, with a tangent for every player: the derivative of the parameters by the player's weight. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { PreparedEstimator } from "../../method/estimator.ts";
import type { Players } from "../../method/players.ts";
import { dot } from "../../numeric/vector.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import { noTangent, pushForward, type Tangent } from "../../training/trajectory/linear-step.ts";
import { type Trajectory, trajectoryOf } from "../../training/trajectory/trajectory.ts";
import { targetOf } from "../by-target.ts";
import { answered, sumOver } from "./along-steps.ts";
import { targetAtEnd } from "./target-at-end.ts";
import { addWeightGradient, type WeightedRows } from "./weights-in-step.ts";

/** How tangents are carried. */
export interface ForwardOptions {
  /** Whether a player's weight is in its loss and L2 alone. */
  readonly fixedData: boolean;
  /** Bytes that the tangents which walk together may take. */
  readonly bytes: number;
}

/** As many players as fit into memory walk together; all measures share their tangents. */
export function forwards(model: TrainedModel, options: ForwardOptions, run: RunContext): PreparedEstimator {
  const { fixedData } = options;
  const trajectory = trajectoryOf(model, run);
  const smooth = model.smooth as Smooth;
  return {
    async estimate(measures, players) {
      const ends = measures.map((measure) => targetAtEnd(smooth, targetOf(measure), fixedData));
      const found = new Array<number>(ends.length * players.count);
      await eachTangent(trajectory, players, options, run, (k, { params }) => {
        ends.forEach(({ gradient, direct }, m) => {
          found[m * players.count + k] = dot(gradient, params) + sumOver(players.rows(k), direct);
        });
      });
      return answered(found);
    },
    close: () => {},
  };
}

/** A player on the way. */
interface Walker extends WeightedRows {
  readonly tangent: Tangent;
}

/** Tells every player's tangent at the end of the training. */
async function eachTangent(
  trajectory: Trajectory,
  players: Players,
  { fixedData, bytes }: ForwardOptions,
  run: RunContext,
  visit: (player: number, tangent: Tangent) => void,
): Promise<void> {
  const { recipe, objective } = trajectory;
  const numbers = objective.parameterCount * (recipe.momentum > 0 ? 2 : 1) + objective.interactions.size;
  const size = Math.max(1, Math.floor(bytes / (8 * numbers)));
  for (let at = 0; at < players.count; at += size) {
    const count = Math.min(size, players.count - at);
    const walkers = Array.from({ length: count }, (_, n) => walkerOf(trajectory, players.rows(at + n)));
    const told = (done: number) =>
      run.onProgress?.({ phase: "players", step: at + count, fraction: (at + done * count) / players.count });
    await walk(trajectory, walkers, fixedData, run, told);
    walkers.forEach(({ tangent }, n) => {
      visit(at + n, tangent);
    });
  }
}

function walkerOf({ recipe, objective }: Trajectory, rows: Uint32Array): Walker {
  const weights = new Float64Array(objective.interactions.size);
  for (const row of rows) weights[row] = 1;
  return { rows, weights, tangent: noTangent(objective.parameterCount, recipe.momentum) };
}

async function walk(
  trajectory: Trajectory,
  walkers: readonly Walker[],
  fixedData: boolean,
  run: RunContext,
  told: (done: number) => void,
): Promise<void> {
  const push = new Float64Array(trajectory.objective.parameterCount);
  await trajectory.forwards(async (step) => {
    for (const walker of walkers) {
      addWeightGradient(step, walker, fixedData, push);
      pushForward(step, trajectory.recipe.momentum, walker.tangent, push);
      await run.yieldToEventLoop();
    }
    told((step.step + 1) / trajectory.steps);
  });
}
