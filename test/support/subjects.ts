/** Models of every kind at converged optima, small enough for dense matrices, and what the laws of influence and unlearning ask of them. */

import type { Interactions } from "../../src/data/interactions.ts";
import { modelKinds } from "../../src/model/index.ts";
import type { Model, ModelKind, ModelSettings, NameKeys } from "../../src/model/model.ts";
import { rowAt } from "../../src/model/tensors.ts";
import { norm } from "../../src/numeric/vector.ts";
import { closedFormsOf } from "../../src/objective/closed-forms.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import type { FactorizationSettings } from "../../src/objective/factorization.ts";
import type { Loss } from "../../src/objective/loss.ts";
import { bpr, logistic, multinomial, squared } from "../../src/objective/loss.ts";
import { indexKeys, type Sampling } from "../../src/objective/negatives.ts";
import type { Objective, ObjectiveSettings } from "../../src/objective/objective.ts";
import {
  type Recipe,
  smoothModel,
  standardRecipe,
  type TrainedModel,
  train,
  trainByBatches,
} from "../../src/training/index.ts";
import { smallSettings } from "../model/small-settings.ts";
import { additive, around } from "./additive.ts";
import { matrices, run } from "./run.ts";
import { interactionsFrom, kernels, randomRotation, settingsOf, type Triple, tastes, triplesOf } from "./small.ts";
import { batchModel, modelFrom, smoothOf } from "./trained.ts";

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

/** The same pairs, each once, with how often they were chosen. */
export function counts(): Interactions {
  const likesOnce = triplesOf(likes()).slice(0, -1);
  return interactionsFrom(
    likesOnce.map(([user, item]) => [user, item, 1 + ((user + 2 * item) % 3)]),
    12,
    10,
  );
}

/** `tastes`, three of whose ratings are there twice. */
export function tastesAndTwins(): Interactions {
  const base = triplesOf(tastes());
  return interactionsFrom([...base, base[4], base[100], base[200]], 30, 20);
}

/** A case: what is minimised, apart from the data. */
export interface Case {
  readonly title: string;
  readonly settings: ObjectiveSettings;
  readonly interactions: () => Interactions;
}

function caseOf(name: string, loss: Loss, l2: number, over: Partial<ObjectiveSettings> = {}): Case {
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

/** By short name, with an L2 at which single rows move the optimum by little: the same twelve users and ten items each time. */
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

/** Settings under which first order is almost right, and the models without shared weights have one optimum. */
const mildSettings: Readonly<Record<SubjectName, Partial<ObjectiveSettings>>> = {
  mf: { l2: 5, l2Bias: 5 },
  "mf-interaction": { l2: 0.5, l2Bias: 0.5 },
  ials: { l2: 12 },
  "ials-interaction": { l2: 2.5 },
  "mf-bpr": { l2: 1.6, l2Shared: 1.6 },
  "mf-logistic": { l2: 2, l2Shared: 2 },
  "mf-squared": { l2: 3, l2Shared: 3 },
  "mf-items": { l2: 3, l2Shared: 3 },
  gmf: { l2: 1, l2Shared: 1 },
  mlp: { l2: 0.01, l2Shared: 6 },
  "light-gcn": { l2: 0.4, l2Shared: 0.4 },
  "mult-vae": { l2: 2, l2Shared: 2 },
  additive: { l2: 3, l2Shared: 3 },
};

/** The settings of a mild problem. */
export function mild(name: SubjectName): Partial<ObjectiveSettings> {
  return mildSettings[name];
}

/** A case with what the laws ask of it. */
export interface Subject extends Case {
  /** Closed forms to their optimum, or a few epochs of Adam and Newton's method. */
  readonly trainer: "als-newton" | "newton";
  /** In training and not. */
  readonly pairs: readonly (readonly [number, number])[];
  /** A user with an item, and others to compare it with. */
  readonly comparison: readonly [number, number, readonly [number, number]];
  /** Whether an item's index means something to the model. */
  readonly itemsInOrder?: boolean;
  /** Two rows each that say the same; none where no pair may be there twice. */
  readonly twins: readonly (readonly [number, number])[];
}

function closedSubject(title: string, over: Partial<FactorizationSettings>, interactions: () => Interactions): Subject {
  const settings = objectiveSettings(settingsOf(over));
  const implicit = over.confidence !== undefined;
  return {
    ...{ title, settings, interactions, trainer: "als-newton" },
    ...(implicit ? { ...few, twins: [] } : { pairs: tastesPairs, comparison: [12, 13, [5, 0]], twins: tastesTwins }),
  };
}

const tastesPairs = [
  [0, 1],
  [3, 7],
  [11, 0],
  [12, 13],
  [20, 5],
  [29, 19],
] as const;

const tastesTwins = [
  [4, 260],
  [100, 261],
  [200, 262],
] as const;

const few = {
  pairs: [
    [3, 1],
    [0, 9],
    [10, 2],
  ],
  comparison: [5, 8, [0, 2]],
} as const;

function batchSubject(one: Case): Subject {
  const { users, items, size } = one.interactions();
  const last = size - 1;
  const first = users.findIndex((user, row) => user === users[last] && items[row] === items[last]);
  return { ...one, ...few, trainer: "newton", twins: [[first, last]] };
}

const implicit = { biases: false, mean: { kind: "fixed", value: 0 }, confidence: { base: 1, alpha: 2 } } as const;

/** Every subject by name: the cases, closed forms, a network with a smooth activation, and a model that is none of the catalogue's. */
export const subjects = {
  mf: closedSubject("mf on ratings, table L2", {}, tastesAndTwins),
  "mf-interaction": closedSubject(
    "mf on ratings, interaction L2",
    { l2: 0.36, l2Bias: 0.1, regularizer: "interaction" },
    tastesAndTwins,
  ),
  ials: closedSubject("ials, table L2", { ...implicit, l2: 5 }, counts),
  "ials-interaction": closedSubject(
    "ials, interaction L2",
    { ...implicit, l2: 1.25, regularizer: "interaction" },
    counts,
  ),
  "mf-bpr": batchSubject(cases["mf-bpr"]),
  "mf-logistic": batchSubject(cases["mf-logistic"]),
  "mf-squared": batchSubject(cases["mf-squared"]),
  "mf-items": batchSubject(caseOf("mf", squared, 0.8, { model: { factors: 2, biases: "items" } })),
  gmf: batchSubject(cases.gmf),
  mlp: batchSubject(
    caseOf("mlp", logistic, 0.02, { model: { layers: [3], embedding: 1, activation: "squareplus" }, l2Shared: 3 }),
  ),
  "light-gcn": batchSubject(cases["light-gcn"]),
  "mult-vae": batchSubject(cases["mult-vae"]),
  additive: {
    ...batchSubject({
      title: "a model that is none of the catalogue's",
      settings: around(additive as unknown as ModelKind, squared),
      interactions: ratings,
    }),
    itemsInOrder: true,
  },
} as const satisfies Record<string, Subject>;

/** The name of a subject. */
export type SubjectName = keyof typeof subjects;

/** All subjects by name. */
export const subjectNames = Object.keys(subjects) as SubjectName[];

/** The objective of a subject, changed where asked. */
export function objectiveOf(
  name: SubjectName,
  over: Partial<ObjectiveSettings> = {},
  interactions = subjects[name].interactions(),
  keys: NameKeys = indexKeys(interactions),
): Objective {
  return differentiable({ ...subjects[name].settings, ...over }, interactions, keys, { matrices });
}

/** The optimum of an objective by the recipe, as near as the arithmetic comes. */
export async function optimumOf(objective: Objective, seed = 1): Promise<TrainedModel> {
  return batchModel(
    objective,
    converged(objective, await trainByBatches(objective, recipe, run, { seed, tolerance: 1e-10 })),
    recipe,
    seed,
  );
}

/** The optimum of an objective with closed forms, as near as the arithmetic comes. */
export async function closedOptimumOf(objective: Objective, seed = 1): Promise<TrainedModel> {
  const closed = closedFormsOf(objective);
  if (closed === undefined) throw new Error(`${objective.settings.kind.name} has no closed forms`);
  return modelFrom(converged(objective, await train(closed, { kernels, seed, tolerance: 1e-11 })));
}

function converged<Found extends { readonly status: string }>({ settings }: Objective, found: Found): Found {
  if (found.status !== "converged") throw new Error(`${settings.kind.name} ended with ${found.status}`);
  return found;
}

/** The optimum of a subject's objective by the subject's trainer. */
export function trainedOn(name: SubjectName, objective: Objective, seed = 1): Promise<TrainedModel> {
  return subjects[name].trainer === "newton" ? optimumOf(objective, seed) : closedOptimumOf(objective, seed);
}

const made = new Map<SubjectName, Promise<TrainedModel>>();

/** The optimum of a subject, found once. */
export function optimum(name: SubjectName): Promise<TrainedModel> {
  const known = made.get(name) ?? trainedOn(name, objectiveOf(name));
  made.set(name, known);
  return known;
}

/** Parameters in the dress of a trained model. */
export function trainedAt(objective: Objective, params: Float64Array, like: TrainedModel): TrainedModel {
  const gradient = new Float64Array(params.length);
  const value = objective.evaluate(params, gradient);
  const { status, tolerance } = smoothOf(like);
  const { trainer, seed } = like;
  return smoothModel({ objective, params, value, gradientNorm: norm(gradient), status, tolerance, trainer, seed });
}

/** Every user's score of every item, as the model is served. */
export function allScores({ interactions, scores }: Pick<TrainedModel, "interactions" | "scores">): Float64Array {
  const { userCount, itemCount } = interactions;
  const cells = Uint32Array.from({ length: userCount * itemCount }, (_, n) => n);
  return scores({ users: cells.map((n) => Math.floor(n / itemCount)), items: cells.map((n) => n % itemCount) });
}

/** A vector in the order of the parameters, with the rows of users and items under other indices: user u becomes `users[u]`. */
export function movedRows(
  { tensors }: Pick<Model, "tensors">,
  vector: Float64Array,
  users: Uint32Array,
  items: Uint32Array,
): Float64Array {
  const out = vector.slice();
  for (const tensor of tensors) {
    if (tensor.rowsOf === undefined) continue;
    const places = tensor.rowsOf === "user" ? users : items;
    for (let r = 0; r < tensor.rows; r++) {
      const from = rowAt(tensor, r);
      out.set(vector.subarray(from, from + tensor.width), rowAt(tensor, places[r]));
    }
  }
  return out;
}

/** Parameters with all that can be turned turned at random: another point with the same scores. */
export function turned({ model }: Objective, params: Float64Array, seed = 4): Float64Array {
  const out = params.slice();
  for (const { width, tables } of model.rotations ?? []) {
    const turn = randomRotation(width, seed);
    for (const { at, rows, rowStride, columnStride } of tables)
      for (let r = 0; r < rows; r++)
        for (let g = 0; g < width; g++) {
          let sum = 0;
          for (let f = 0; f < width; f++) sum += params[at + r * rowStride + f * columnStride] * turn[f * width + g];
          out[at + r * rowStride + g * columnStride] = sum;
        }
  }
  return out;
}
