/** The linear datamodelling score: do sums of values foretell what models trained on subsets measure? */

import type { RunContext } from "../kernel/run-context.ts";
import { worseStatus } from "../linear/status.ts";
import { worstOf } from "../method/estimator.ts";
import { method } from "../method/method.ts";
import { spearman } from "../numeric/statistics.ts";
import { inParts } from "../run.ts";
import { type Subset, subsetsOf } from "./draws.ts";
import { asksNothing, type Candidate, type Judge, type JudgingSubject, type PreparedJudge } from "./judge.ts";
import {
  bootstrapInterval,
  type MeasuredSets,
  meanOf,
  measuredSets,
  unknownNote,
  valuesAt,
  valuesOf,
} from "./measured.ts";

/** One subset of every ten is trained on once more from another seed, for the ceiling; of few subsets more than that. */
const ceilingEvery = 10;
const ceilingLeast = 5;

/**
 * The mean over measures of Spearman's correlation between sums of values and what was measured on subsets (Park et al. 2023, Eq. 6). Its ceiling is
 * that between trainings on the same subsets from two seeds. Cost: a training a subset.
 */
export const datamodelling = method({
  name: "lds",
  summary: "linear datamodelling score: sums of values against models trained on subsets, by rank",
  source: "Park, Georgiev, Ilyas, Leclerc and Madry (2023), Eq. 6",
  needs: [],
  settings: {
    subsets: { summary: "subsets that are trained on", standard: 50, least: 3, fewest: 10 },
    share: { summary: "share of the players in each", standard: 0.5, above: 0 },
  },
  cost: "a pool",
  make: ({ subsets, share }): Judge => ({
    question: "do sums of values foretell, by rank, what models trained on subsets of the players measure?",
    better: "higher",
    work: () => ({ ...asksNothing, trainings: subsets + againOf(subsets).length }),
    unfit: ({ estimate }) => (estimate.sets === undefined ? undefined : "it values sets of players, and they overlap"),
    async prepare(subject, run) {
      const drawn = await subsetsOf(subject, { subsets, share, seed: subject.seed }, subject.fitted, run);
      return judgeBy(subject, drawn, await trainedOn(subject, drawn, run));
    },
  }),
});

/** The subsets that are trained on from a second seed. */
function againOf(subsets: number): Uint32Array {
  const every = Math.max(1, Math.min(ceilingEvery, Math.floor(subsets / ceilingLeast)));
  return Uint32Array.from({ length: Math.ceil(subsets / every) }, (_, k) => every * k);
}

/** Subsets measured, and some of them from a second seed. */
interface TrainedSubsets {
  readonly found: MeasuredSets;
  readonly ceiling: number;
  readonly trainings: number;
}

async function trainedOn(
  { model, measures, openTrainings }: JudgingSubject,
  subsets: readonly Subset[],
  run: RunContext,
): Promise<TrainedSubsets> {
  const sets = subsets.map(({ absent }) => absent);
  const some = againOf(sets.length);
  const [once, twice] = inParts(run, [sets.length, some.length]);
  const first = await openTrainings(model, measures, run);
  const second = await openTrainings(model, measures, run, { seed: model.seed + 1 });
  try {
    const found = await measuredSets(first, measures.length, sets, "subsets", once);
    const chosen = Array.from(some, (n) => sets[n]);
    const again = await measuredSets(second, measures.length, chosen, "subsets, another seed", twice);
    return {
      found: { values: found.values, status: worseStatus(found.status, again.status) },
      ceiling: meanOf(again.values.map((values, m) => spearman(values, valuesAt(found.values[m], some)))),
      trainings: first.trained() + second.trained(),
    };
  } finally {
    await first.close();
    await second.close();
  }
}

function judgeBy(
  subject: JudgingSubject,
  subsets: readonly Subset[],
  { found, ceiling, trainings }: TrainedSubsets,
): PreparedJudge {
  const all = Uint32Array.from(subsets.keys());
  return {
    figures: { ceiling },
    trainings: () => trainings,
    async of(candidate, run) {
      const predicted = predictedBy(candidate, subsets, subject);
      const score = (at: Uint32Array) =>
        meanOf(predicted.map((values, m) => spearman(valuesAt(values, at), valuesAt(found.values[m], at))));
      return {
        value: score(all),
        interval: await bootstrapInterval(all.length, subject.seed, score, run),
        figures: {},
        status: worseStatus(found.status, worstOf(candidate.estimate)),
        notes: unknownNote(candidate.estimate.values),
      };
    },
    close: async () => {},
  };
}

/** Sums of the values of who is there: measures × subsets. */
function predictedBy(
  { estimate }: Candidate,
  subsets: readonly Subset[],
  { measures, players }: JudgingSubject,
): Float64Array[] {
  return measures.map((_, m) => {
    const values = valuesOf(estimate.values, m, players.count);
    return Float64Array.from(subsets, ({ present }) => present.reduce((sum, there, k) => sum + there * values[k], 0));
  });
}
