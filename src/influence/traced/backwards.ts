/** One walk from the end of a training to its start: the derivatives of targets by the weights of all rows. */

import type { RunContext } from "../../kernel/run-context.ts";
import type { PreparedEstimator } from "../../method/estimator.ts";
import { type Reach, reachOf } from "../../objective/reached-rows.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import { noTangent, pullBack } from "../../training/trajectory/linear-step.ts";
import type { TracedStep } from "../../training/trajectory/traced-step.ts";
import { trajectoryOf } from "../../training/trajectory/trajectory.ts";
import { targetOf } from "../by-target.ts";
import { estimateOf } from "./along-steps.ts";
import { targetAtEnd } from "./target-at-end.ts";
import { addWeightsAlong } from "./weights-in-step.ts";

/** What derivatives of a training take account of. */
export interface WalkOptions {
  /** False: a step carries a change on as it is, but for the L2. */
  readonly curved: boolean;
  /** Whether a row's weight is in its loss and L2 alone. */
  readonly fixedData: boolean;
}

/** Walks back once for all measures, with a gradient each; a player's derivative is the sum of its rows'. */
export function backwards(model: TrainedModel, { curved, fixedData }: WalkOptions, run: RunContext): PreparedEstimator {
  const trajectory = trajectoryOf(model, run);
  const { momentum } = trajectory.recipe;
  const smooth = model.smooth as Smooth;
  const { length } = smooth.params;
  return {
    async estimate(measures, players) {
      const walks = measures.map((measure) => {
        const { gradient, direct } = targetAtEnd(smooth, targetOf(measure), fixedData);
        // Without Hessians nothing spreads from what the target reads.
        const reach = curved ? undefined : reachOf(smooth.objective, gradient);
        return { tangent: { ...noTangent(length, momentum), params: gradient }, sums: direct, reach };
      });
      const scratch = { direction: new Float64Array(length), product: new Float64Array(length) };
      await trajectory.backwards(async (step) => {
        const scale = -1 / step.divisor;
        for (const { tangent, sums, reach } of walks) {
          const charge = (m: Float64Array) => addWeightsAlong(step, m, scale, { fixedData, reach }, sums, run);
          await pullBack(reach ? within(step, reach) : step, momentum, tangent, scratch, charge, curved);
          await run.yieldToEventLoop();
        }
        run.onProgress?.({ phase: "steps back", step: step.step, fraction: 1 - step.step / trajectory.steps });
      });
      return estimateOf(
        walks.map(({ sums }) => sums),
        players,
      );
    },
    close: () => {},
  };
}

/** The step as far as it moves what is reached. */
function within(step: TracedStep, reach: Reach): TracedStep {
  const { moved } = step;
  return {
    ...step,
    moved: {
      ...moved,
      forEach: (visit) =>
        moved.forEach((from, to, pull, side, row) => {
          if (side === undefined || reach[side][row] === 1) visit(from, to, pull, side, row);
        }),
    },
  };
}
