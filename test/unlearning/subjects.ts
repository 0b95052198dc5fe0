/** Small converged models of every kind, which the laws of unlearning are held against, and what these laws ask of them. */

import type { Interactions } from "../../src/data/interactions.ts";
import { modelKinds } from "../../src/model/index.ts";
import type { ModelSettings, NameKeys } from "../../src/model/model.ts";
import { norm } from "../../src/numeric/vector.ts";
import { closedFormsOf } from "../../src/objective/closed-forms.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import { openFullBatch } from "../../src/objective/full-batch.ts";
import { bpr, type Loss, logistic, multinomial, squared } from "../../src/objective/loss.ts";
import { noItem } from "../../src/objective/negatives.ts";
import type { Objective, ObjectiveSettings } from "../../src/objective/objective.ts";
import { alsNewton, byBatches, smoothModel, type TrainedModel, type Trainer } from "../../src/training/index.ts";
import { smallSettings } from "../model/small-settings.ts";
import { run } from "../support/run.ts";
import {
  allRows,
  evaluate,
  interactionsFrom,
  normals,
  relabelled,
  reordered,
  rowsWhere,
  settingsOf,
  shuffle,
  tastes,
  triplesOf,
} from "../support/small.ts";
import { allScores, frozen, likes, movedRows, ratings, recipe, turned } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";

/** A kind of model with a loss on a small set. */
export interface Subject {
  readonly name: string;
  readonly settings: ObjectiveSettings;
  readonly interactions: () => Interactions;
  /** Every seed ends at the same scores. */
  readonly unique: boolean;
  /** Whom requests are about. */
  readonly asks: Readonly<Record<"row" | "user" | "item", number>>;
  /** Settings under which one Newton step is nearly all of the way. */
  readonly mild?: Partial<ObjectiveSettings> | undefined;
}

/** Ratings around zero of thirty users with two tastes. */
function centred(): Interactions {
  return interactionsFrom(
    triplesOf(tastes(5)).map(([user, item, rating]) => [user, item, rating - 3] as const),
    30,
    20,
  );
}

interface Choice {
  readonly model?: ModelSettings;
  readonly on?: () => Interactions;
  readonly l2Shared?: number;
  readonly unique?: boolean;
  readonly mild?: number;
}

function subjectOf(kind: string, loss: Loss, l2: number, choice: Choice = {}): Subject {
  const { model = smallSettings[kind][0], on = loss === squared ? ratings : likes } = choice;
  const { l2Shared = l2, unique = false, mild } = choice;
  const sampling = loss === bpr || loss === logistic ? frozen : undefined;
  return {
    name: `${kind}, ${loss.name}`,
    settings: {
      ...{ kind: modelKinds[kind], model, loss, sampling, l2, l2Shared },
      ...{ regularizer: "table", extraWeight: 0.3 },
    },
    interactions: on,
    unique,
    asks: { row: 11, user: 7, item: 6 },
    mild: mild === undefined ? undefined : { l2: mild, l2Shared: mild },
  };
}

const closed = (name: string, settings: ObjectiveSettings): Subject => ({
  ...{ name, settings, interactions: tastes, unique: true, asks: { row: 41, user: 6, item: 5 } },
});

const smooth = { factors: 2, layers: [3], embedding: 2, activation: "squareplus" };
const walk = { factors: 2, layers: 2 };

/** Every subject; L2 is such that a row moves the optimum by little. */
export const subjects: readonly Subject[] = [
  closed("mf, table L2", objectiveSettings(settingsOf())),
  closed("mf, interaction L2", objectiveSettings(settingsOf({ regularizer: "interaction", l2: 0.36, l2Bias: 0.1 }))),
  closed(
    "ials",
    objectiveSettings(
      settingsOf({
        ...{ factors: 2, biases: false, mean: { kind: "fixed", value: 0 }, l2: 15 },
        confidence: { base: 1, alpha: 1 },
      }),
    ),
  ),
  subjectOf("mf", bpr, 0.8, { model: { factors: 3, biases: false }, unique: true, mild: 1.6 }),
  subjectOf("mf", logistic, 0.5, { model: { factors: 2, biases: false }, unique: true, mild: 2 }),
  subjectOf("mf", squared, 0.8, { unique: true, mild: 3 }),
  subjectOf("gmf", logistic, 1),
  subjectOf("gmf", squared, 1),
  subjectOf("neumf", squared, 0.7, { model: smooth, on: centred, l2Shared: 2.1 }),
  subjectOf("light-gcn", bpr, 0.05, { model: walk, unique: true, mild: 0.4 }),
  subjectOf("light-gcn", squared, 1, { model: walk, unique: true }),
  subjectOf("mult-vae", multinomial, 1, { model: { ...smallSettings["mult-vae"][1], noise: true } }),
];

/** The subject of this name. */
export function subjectNamed(name: string): Subject {
  const found = subjects.find((subject) => subject.name === name);
  if (found === undefined) throw new Error(`no subject ${name}`);
  return found;
}

/** The trainer of a subject: closed forms where there are some. */
export function trainerOf(settings: ObjectiveSettings): Trainer {
  const objective = differentiable(settings, interactionsFrom([], 1, 1));
  return closedFormsOf(objective) ? alsNewton(settings, { begins: "random" }) : byBatches(settings, recipe);
}

/** The objective of a subject, changed where asked. */
export function objectiveOf(
  { settings, interactions }: Subject,
  over: Partial<ObjectiveSettings> = {},
  on = interactions(),
): Objective {
  return differentiable({ ...settings, ...over }, on);
}

/** The optimum of an objective, as near as the arithmetic comes. */
export async function optimumOf(objective: Objective, seed = 1): Promise<TrainedModel> {
  const { settings, interactions, keys, negatives } = objective;
  const data = { interactions, keys, ...(settings.sampling ? { negatives } : {}) };
  const tolerance = closedFormsOf(objective) ? 1e-9 : 1e-10;
  const model = await trainerOf(settings).train(data, seed, { ...run, tolerance });
  const { status, gradientNorm } = smoothOf(model);
  if (status !== "converged") throw new Error(`${settings.kind.name} ended with ${status} at ${gradientNorm}`);
  return model;
}

const made = new Map<string, Promise<TrainedModel>>();

/** The optimum of a subject, found once. */
export function optimum(subject: Subject): Promise<TrainedModel> {
  const known = made.get(subject.name) ?? optimumOf(objectiveOf(subject));
  made.set(subject.name, known);
  return known;
}

/** The model before it was converged: near its optimum, but not there. */
export function early(model: TrainedModel): TrainedModel {
  const { params } = smoothOf(model);
  const noise = normals(params.length, 9);
  return modelAt(
    model,
    params.map((x, k) => x + 0.03 * noise[k]),
  );
}

/** Other parameters in the dress of a trained model, with a status that is true. */
export function modelAt(
  model: TrainedModel,
  params: Float64Array,
  objective = smoothOf(model).objective,
): TrainedModel {
  const { tolerance } = smoothOf(model);
  const { value, gradient } = derivativesAt(objective, params);
  const gradientNorm = norm(gradient);
  const status = gradientNorm <= tolerance ? "converged" : "step-limit";
  const { trainer, seed } = model;
  return smoothModel({ objective, params, value, gradientNorm, status, tolerance, trainer, seed });
}

/** J and ∇J: by the reference kernels where there are closed forms, else by the objective itself. */
export function derivativesAt(objective: Objective, params: Float64Array): { value: number; gradient: Float64Array } {
  const known = closedFormsOf(objective);
  if (known) return evaluate(known, params);
  const gradient = new Float64Array(params.length);
  const value = objective.evaluate(params, gradient);
  return { value, gradient };
}

/** ∇J by the usual kernels, where some know the objective: in the last digits they differ from it. */
export async function gradientByKernels(objective: Objective, params: Float64Array): Promise<Float64Array> {
  const batch = openFullBatch(objective, run);
  const gradient = new Float64Array(params.length);
  await batch.evaluate(params, gradient);
  batch.close();
  return gradient;
}

/** Root mean square of the difference. */
export function rmsBetween(a: Float64Array, b: Float64Array): number {
  return norm(a.map((x, k) => x - b[k])) / Math.sqrt(a.length);
}

/** Requests: one row, rows of a user, of an item, and many; all of them move the optimum. */
export function requestsOf(
  { asks }: Subject,
  { interactions }: TrainedModel,
): Readonly<Record<"row" | "user" | "item" | "many", Uint32Array>> {
  return {
    row: Uint32Array.of(asks.row),
    user: rowsWhere(interactions, ([user]) => user === asks.user),
    item: rowsWhere(interactions, ([, item]) => item === asks.item),
    many: allRows(interactions).filter((row) => row % 5 === 0),
  };
}

/** The same model under other names: user u is `users[u]`, item i is `items[i]`, row k is the old row `order[k]`, and what may be turned is. */
export interface Renamed {
  readonly model: TrainedModel;
  readonly users: Uint32Array;
  readonly items: Uint32Array;
  /** Rows under their new numbers. */
  rows(old: Uint32Array): Uint32Array;
}

/** Renames everything that has a name, and turns the embeddings unless they shall stay. */
export function renamed(model: TrainedModel, turn = true): Renamed {
  const { objective, params } = smoothOf(model);
  const { interactions, keys, negatives, settings, matrices } = objective;
  const { userCount, itemCount, size } = interactions;
  const [users, items, order] = [shuffle(userCount, 1), shuffle(itemCount, 2), shuffle(size, 3)];
  const perRow = settings.sampling?.perRow ?? 0;
  const others = Array.from(order).flatMap((row) =>
    Array.from(negatives.subarray(row * perRow, (row + 1) * perRow), (item) =>
      item === noItem ? noItem : items[item],
    ),
  );
  const other = differentiable(
    settings,
    reordered(relabelled(interactions, users, items), order),
    keysMoved(keys, users, items),
    { ...(settings.sampling ? { negatives: Uint32Array.from(others) } : {}), matrices },
  );
  return {
    model: modelAt(model, movedRows(objective, turn ? turned(objective, params) : params, users, items), other),
    users,
    items,
    rows: (old) => allRows(interactions).filter((row) => old.includes(order[row])),
  };
}

/** Scores of all pairs of a renamed model, in the order of the old names. */
export function oldScores(found: TrainedModel, { users, items }: Pick<Renamed, "users" | "items">): Float64Array {
  const { userCount, itemCount } = found.interactions;
  const theirs = allScores(found);
  return Float64Array.from(
    { length: userCount * itemCount },
    (_, k) => theirs[users[Math.floor(k / itemCount)] * itemCount + items[k % itemCount]],
  );
}

function keysMoved(keys: NameKeys, users: Uint32Array, items: Uint32Array): NameKeys {
  const moved = (old: Uint32Array, to: Uint32Array) => {
    const out = old.slice();
    old.forEach((key, k) => {
      out[to[k]] = key;
    });
    return out;
  };
  return { users: moved(keys.users, users), items: moved(keys.items, items) };
}
