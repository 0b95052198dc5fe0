/** Models of every family at converged optima, small enough for dense matrices, and what the laws of influence and unlearning ask of them. */

import type { Interactions } from "../../../src/data/interactions.ts";
import type { Influence, ScoredEstimator } from "../../../src/influence/estimator.ts";
import { modelKinds } from "../../../src/model/index.ts";
import type { ModelSettings, NameKeys } from "../../../src/model/model.ts";
import { norm } from "../../../src/numeric/vector.ts";
import type { Loss } from "../../../src/objective/loss.ts";
import { bpr, logistic, multinomial, squared } from "../../../src/objective/loss.ts";
import { indexKeys, type Sampling } from "../../../src/objective/negatives.ts";
import { type ScoredObjective, type ScoredSettings, scoredObjective } from "../../../src/objective/scored.ts";
import type { Target } from "../../../src/objective/target.ts";
import { type Recipe, standardRecipe } from "../../../src/training/recipe.ts";
import { trainScored } from "../../../src/training/scored/train.ts";
import type { TrainedScored } from "../../../src/training/trained.ts";
import { smallSettings } from "../../model/small-settings.ts";
import { interactionsFrom, type Triple } from "../../small.ts";

/** How models are brought to their optimum. */
export const recipe: Recipe = { ...standardRecipe, optimizer: "newton", learningRate: 0.05, batch: 16, epochs: 15 };

/** Two negatives an interaction, kept by retraining. */
export const frozen: Sampling = { perRow: 2, seed: 5, semantics: "frozen" };

/** Twelve users who like things near their own place among ten items; user 3's first like is there twice, users 2 and 9 and item 4 have no rows. */
export function likes(): Interactions {
  const triples: Triple[] = [];
  for (let user = 0; user < 12; user++)
    for (let item = 0; item < 10; item++)
      if ((3 * user + 5 * item + user * item) % 7 < (Math.abs((user * 10) / 12 - item) < 4 ? 4 : 1))
        triples.push([user, item, 1]);
  const twin = triples.find(([user]) => user === 3) as Triple;
  return interactionsFrom([...triples, twin], 12, 10);
}

/** The same pairs with ratings around zero that depend on taste. */
export function ratings(): Interactions {
  const { users, items, size, userCount, itemCount } = likes();
  const triples = Array.from({ length: size }, (_, row): Triple => {
    const [user, item] = [users[row], items[row]];
    return [user, item, 2 * Math.cos(user + 2 * item) + Math.sin(user) + ((user * item) % 3) - 1];
  });
  return interactionsFrom(triples, userCount, itemCount);
}

/** A case: what is minimised, apart from the data. */
export interface Case {
  readonly title: string;
  readonly settings: ScoredSettings;
  readonly interactions: () => Interactions;
}

function caseOf(name: string, loss: Loss, l2: number, over: Partial<ScoredSettings> = {}): Case {
  const model: ModelSettings = over.model ?? smallSettings[name][0];
  const sampling = loss === bpr || loss === logistic ? frozen : undefined;
  return {
    title: `${name} and ${loss.name}`,
    settings: {
      ...{ kind: modelKinds[name], loss, sampling, l2, l2Shared: l2, regularizer: "table", extraWeight: 0.3 },
      ...over,
      model,
    },
    interactions: loss === squared ? ratings : likes,
  };
}

/** By short name, with an L2 at which single rows move the optimum by little. */
export const cases = {
  "mf-bpr": caseOf("mf", bpr, 0.4, { model: { factors: 3, biases: false } }),
  "mf-logistic": caseOf("mf", logistic, 0.5, { model: { factors: 2, biases: false } }),
  "mf-squared": caseOf("mf", squared, 0.8),
  gmf: caseOf("gmf", logistic, 1),
  "light-gcn": caseOf("light-gcn", bpr, 0.05, { model: { factors: 2, layers: 2 } }),
  "mult-vae": caseOf("mult-vae", multinomial, 1, { model: { ...smallSettings["mult-vae"][1], noise: true } }),
} as const satisfies Record<string, Case>;

/** The name of a case. */
export type CaseName = keyof typeof cases;

/** All cases by name. */
export const caseNames = Object.keys(cases) as CaseName[];
/** Those whose scores read the tables of one user and one item alone. */
export const localNames: CaseName[] = ["mf-bpr", "mf-logistic", "mf-squared", "gmf"];
/** Those whose model is built on the interactions. */
export const dataNames: CaseName[] = ["light-gcn", "mult-vae"];

/** L2 under which first order is almost right, and the models without shared weights have one optimum. */
const mildL2: Readonly<Record<CaseName, number>> = {
  "mf-bpr": 1.6,
  "mf-logistic": 2,
  "mf-squared": 3,
  gmf: 1,
  "light-gcn": 0.4,
  "mult-vae": 2,
};

/** The settings of a mild problem. */
export function mild(name: CaseName): Partial<ScoredSettings> {
  return { l2: mildL2[name], l2Shared: mildL2[name] };
}

/** The objective of a case, changed where asked. */
export function objectiveOf(
  name: CaseName,
  over: Partial<ScoredSettings> = {},
  interactions = cases[name].interactions(),
  keys: NameKeys = indexKeys(interactions),
): ScoredObjective {
  return scoredObjective({ ...cases[name].settings, ...over }, interactions, keys);
}

/** The optimum of an objective by the recipe, as near as the arithmetic comes. */
export async function optimumOf(objective: ScoredObjective, seed = 1): Promise<TrainedScored> {
  const {
    log: _,
    epochs: __,
    breakdown: ___,
    ...trained
  } = await trainScored(objective, recipe, {
    seed,
    tolerance: 1e-10,
  });
  if (trained.status !== "converged") throw new Error(`${objective.settings.kind.name} ended with ${trained.status}`);
  return trained;
}

const made = new Map<CaseName, Promise<TrainedScored>>();

/** The optimum of a case, found once. */
export function optimum(name: CaseName): Promise<TrainedScored> {
  const known = made.get(name) ?? optimumOf(objectiveOf(name));
  made.set(name, known);
  return known;
}

/** Parameters in the dress of a trained model. */
export function trainedAt(objective: ScoredObjective, params: Float64Array, like: TrainedScored): TrainedScored {
  const gradient = new Float64Array(params.length);
  const value = objective.evaluate(params, gradient);
  return { ...like, objective, params, value, gradientNorm: norm(gradient) };
}

/** Influence of rows on a target, freshly prepared. */
export async function ask(
  estimator: ScoredEstimator,
  trained: TrainedScored,
  target: Target,
  rows: Uint32Array,
): Promise<Influence> {
  const prepared = await estimator.prepare(trained);
  try {
    return await prepared.influence(target, rows);
  } finally {
    prepared.close();
  }
}

/** Every user's score of every item, as the model is served. */
export function allScores({ objective, params }: TrainedScored): Float64Array {
  const { userCount, itemCount } = objective.interactions;
  const cells = Uint32Array.from({ length: userCount * itemCount }, (_, n) => n);
  const pairs = { users: cells.map((n) => Math.floor(n / itemCount)), items: cells.map((n) => n % itemCount) };
  return objective.serving.at(params, pairs).scores;
}
