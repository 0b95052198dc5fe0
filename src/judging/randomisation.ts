/** Do values change when the model's parameters are drawn at random? */

import type { RunContext } from "../kernel/run-context.ts";
import { worseStatus } from "../linear/status.ts";
import { worstOf } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { smoothParameters } from "../method/needs.ts";
import { trainInTurn } from "../method/trainings.ts";
import { spearman } from "../numeric/statistics.ts";
import { norm } from "../numeric/vector.ts";
import { openObjective } from "../objective/session.ts";
import { startOf } from "../training/batches/train.ts";
import { type Smooth, smoothModel, type TrainedModel } from "../training/trained-model.ts";
import { asksNothing, type Judge } from "./judge.ts";
import { meanOf, unknownNote, valuesOf } from "./measured.ts";

/**
 * The size of Spearman's correlation between the values of the players on the model and on one with the parameters that a training begins with, the
 * mean over measures (Adebayo et al. 2018, cascading randomisation to its end). Values that stay alike are not about what was learned.
 */
export const randomisation = method({
  name: "random",
  summary: "values on the model against values on an untrained one: they must differ",
  source: "Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim (2018)",
  needs: [smoothParameters],
  settings: {},
  cost: "a solve a target",
  make: (): Judge => ({
    question: "are values other ones when the parameters are random?",
    better: "lower",
    work: ({ measures, players }) => ({ ...asksNothing, measures, players }),
    unfit: ({ family, estimate }) => {
      if (family === "retraining") return "it trains again, and reads no parameters";
      return estimate.sets === undefined ? undefined : "it values sets of players";
    },
    async prepare({ model, measures, players, seed }, shared) {
      const random = await untrained(model, seed, shared);
      return {
        figures: {},
        trainings: () => 0,
        async of({ estimator, estimate }, run) {
          const prepared = await estimator.prepare(random, { ...run, openTrainings: trainInTurn });
          const found = await prepared.estimate(measures, players).finally(() => prepared.close());
          const correlation = measures.map((_, m) =>
            spearman(valuesOf(estimate.values, m, players.count), valuesOf(found.values, m, players.count)),
          );
          const ended = worstOf(found);
          return {
            value: meanOf(correlation.map(Math.abs)),
            figures: { signed: meanOf(correlation) },
            // At random parameters no solve has to end well.
            status: worseStatus("converged", worstOf(estimate)),
            notes: [
              ...unknownNote(estimate.values),
              ...(ended === "converged" ? [] : [`at random parameters its numerics ended with ${ended}`]),
            ],
          };
        },
        close: async () => {},
      };
    },
  }),
});

/** The model with the parameters that a training from another seed begins with. */
export async function untrained(model: TrainedModel, judging: number, run: RunContext): Promise<TrainedModel> {
  const { trainer } = model;
  const { objective, tolerance } = model.smooth as Smooth;
  const seed = model.seed + judging + 1;
  const params = trainer.start?.(objective, seed) ?? startOf(objective, { seed });
  const session = openObjective(objective, params, run);
  try {
    const gradient = new Float64Array(params.length);
    const value = await session.evaluate(gradient);
    const gradientNorm = norm(gradient);
    return smoothModel({ objective, params, trainer, seed, status: "step-limit", value, gradientNorm, tolerance });
  } finally {
    session.close();
  }
}
