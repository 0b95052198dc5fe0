/** Subjects for judges: trainings that are known by a formula, a small model at its optimum, and candidates with given values. */

import { type Dataset, idsOf } from "../../src/data/dataset.ts";
import type { Rows } from "../../src/data/interactions.ts";
import { estimators } from "../../src/influence/index.ts";
import type { Candidate, JudgingSubject } from "../../src/judging/index.ts";
import {
  type Estimate,
  type GivenSettings,
  interactionPlayers,
  measureOf,
  methodNamed,
  type OpenTrainings,
  type Players,
  trainInTurn,
  unmetNeed,
} from "../../src/method/index.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { type TrainedModel, train } from "../../src/training/index.ts";
import { run } from "../support/run.ts";
import { kernels, objectiveOn, tastes } from "../support/small.ts";
import { modelFrom } from "../support/trained.ts";

/** A model at its only optimum. */
export const model: TrainedModel = modelFrom(await train(objectiveOn(tastes(), {}), { kernels }));

/** Names for its users and items: their indices. */
export const dataset: Dataset = {
  interactions: model.interactions,
  userIds: idsOf(Array.from({ length: model.interactions.userCount }, (_, k) => String(k))),
  itemIds: idsOf(Array.from({ length: model.interactions.itemCount }, (_, k) => String(k))),
  itemInfo: new Map(),
};

/** Two scores of the model. */
export const measures = [measureOf(scoreTarget(3, 7), "rating"), measureOf(scoreTarget(20, 5), "rating")];

/** What judges are asked about, changed where asked. */
export function subjectOf(over: Partial<JudgingSubject> = {}): JudgingSubject {
  return {
    ...{ model, dataset, measures, openTrainings: trainInTurn, fitted: new Set<string>(), seed: 1 },
    players: interactionPlayers(Uint32Array.from({ length: 12 }, (_, k) => 20 * k)),
    ...over,
  };
}

/** Trainings that measure a function of the rows left out and the seed; what is left out is put to `asked`. */
export function knownTrainings(
  of: (without: Rows, measure: number, seed: number) => number,
  asked: Rows[] = [],
): OpenTrainings {
  return async (trained, all, _, { seed = trained.seed } = {}) => ({
    width: 2,
    async without(rows) {
      asked.push(rows);
      return { values: Float64Array.from(all, (_, m) => of(rows, m, seed)), status: "converged" };
    },
    trained: () => asked.length,
    close: async () => {},
  });
}

/** A candidate with these values, which cannot be asked again. */
export function valued(values: ArrayLike<number>, over: Partial<Estimate> = {}): Candidate {
  const estimate: Estimate = {
    values: Float64Array.from(values),
    statuses: Array.from(values, () => "converged" as const),
    ...{ residual: 0, evaluations: 0 },
    ...over,
  };
  const asked = methodNamed(estimators, "fast-influence").entry;
  return {
    ...{ name: "given", estimator: asked.make({}), family: undefined, cost: "closed form", estimate },
    unmet: () => undefined,
  };
}

/** An estimator of the catalogue, asked about a subject. */
export async function candidateOf(
  name: string,
  subject: JudgingSubject,
  settings: GivenSettings = {},
): Promise<Candidate> {
  const { entry } = methodNamed(estimators, name);
  const estimator = entry.make(settings);
  const prepared = await estimator.prepare(subject.model, { ...run, openTrainings: subject.openTrainings });
  const estimate = await prepared.estimate(subject.measures, subject.players);
  prepared.close();
  return {
    ...{ name, estimator, estimate, family: entry.properties?.family, cost: entry.cost },
    unmet: (other) => unmetNeed(entry, other),
  };
}

/** The weights of rows in a game that adds them up: what training without some of them loses. */
export function weightsOf(players: Players, weights: ArrayLike<number>): (without: Rows) => number {
  const of = new Map<number, number>();
  for (let k = 0; k < players.count; k++) for (const row of players.rows(k)) of.set(row, weights[k]);
  return (without) => -without.reduce((sum, row) => sum + (of.get(row) ?? 0), 0);
}
