/** How near values come to leave-one-out: rank, slope and relative error over a sample of players. */

import { worseStatus } from "../linear/status.ts";
import { worstOf } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { medianRelativeError, pearson, slopeThroughOrigin, spearman } from "../numeric/statistics.ts";
import { sampleOf } from "./draws.ts";
import { asksNothing, type Judge } from "./judge.ts";
import { bootstrapInterval, meanOf, measuredSets, measuredWhole, unknownNote, valuesAt, valuesOf } from "./measured.ts";

/** Spearman's correlation with what trainings without the player measure, the mean over measures (Koh and Liang 2017, §4.1). Cost: a training a player of the sample. */
export const leaveOneOutCorrelation = method({
  name: "loo",
  summary: "values against leave-one-out, over a sample of the players: rank, slope, relative error",
  source: "Koh and Liang (2017), §4.1; Basu, Pope and Feizi (2021)",
  needs: [],
  settings: { sample: { summary: "players that are left out, one by one", standard: 50, least: 3, fewest: 10 } },
  cost: "a training a player",
  make: ({ sample }): Judge => ({
    question: "are values ordered, and as large, as what leaving a player out does?",
    better: "higher",
    work: ({ players }) => ({ ...asksNothing, trainings: Math.min(sample, players) }),
    unfit: ({ estimate }) => (estimate.sets === undefined ? undefined : "it values sets of players"),
    async prepare(subject, run) {
      const { model, players, measures, openTrainings, seed } = subject;
      const chosen = await sampleOf(subject, sample, seed, "left out", run);
      const whole = await measuredWhole(subject, run);
      const trainings = await openTrainings(model, measures, run);
      const sets = Array.from(chosen, (k) => players.rows(k));
      const found = await measuredSets(trainings, measures.length, sets, "left out", run).finally(() =>
        trainings.close(),
      );
      const truth = found.values.map((values, m) => values.map((value) => whole[m] - value));
      const all = Uint32Array.from(chosen.keys());
      return {
        figures: {},
        trainings: () => trainings.trained(),
        async of({ estimate }, own) {
          const told = measures.map((_, m) => valuesAt(valuesOf(estimate.values, m, players.count), chosen));
          const over = (figure: (told: Float64Array, truth: Float64Array) => number, at: Uint32Array = all) =>
            meanOf(told.map((values, m) => figure(valuesAt(values, at), valuesAt(truth[m], at))));
          return {
            value: over(spearman),
            interval: await bootstrapInterval(all.length, seed, (at) => over(spearman, at), own),
            figures: {
              pearson: over(pearson),
              slope: over((values, exact) => slopeThroughOrigin(exact, values)),
              medianError: over(medianRelativeError),
            },
            status: worseStatus(found.status, worstOf(estimate)),
            notes: unknownNote(estimate.values),
          };
        },
        close: async () => {},
      };
    },
  }),
});
