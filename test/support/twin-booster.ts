/** A small booster that tries every split of a few rows, written apart from the one that trains models: what methods of trees are tested on. */

import type { Booster, FeatureRows, Tree, TreeEnsemble } from "../../src/boosting/ensemble.ts";
import type { Interactions } from "../../src/data/interactions.ts";
import type { NameKeys } from "../../src/model/model.ts";
import { randomOf } from "../../src/numeric/random.ts";
import { indexKeys } from "../../src/objective/negatives.ts";
import type { TrainedModel, Trainer } from "../../src/training/trained-model.ts";
import { interactionsFrom, type Triple } from "./small.ts";

/** How the twin boosts. */
export interface TwinSettings {
  readonly loss: Booster["loss"];
  readonly rounds: number;
  readonly depth: number;
  readonly learningRate: number;
  readonly l2: number;
}

/** A few deep enough trees. */
export const twinSettings: TwinSettings = { loss: "squared", rounds: 4, depth: 2, learningRate: 0.3, l2: 0.7 };

/** A question with both answers, or the examples of a leaf. */
type Grown =
  | { readonly feature: number; readonly at: number; readonly yes: Grown; readonly no: Grown }
  | readonly number[];

const chance = (score: number) => 1 / (1 + Math.exp(-score));

/** First and second derivative of an example's loss. */
export function twinSlopes(loss: Booster["loss"], score: number, label: number): readonly [number, number] {
  return loss === "squared" ? [score - label, 1] : [chance(score) - label, chance(score) * (1 - chance(score))];
}

/** The base score of labels. */
export function twinBase(loss: Booster["loss"], labels: readonly number[]): number {
  const mean = labels.reduce((sum, y) => sum + y, 0) / labels.length;
  return loss === "squared" ? mean : Math.log(mean / (1 - mean));
}

/** The booster of rows of features with their labels. */
export function twinBooster(
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  set: TwinSettings,
): Booster {
  const base = twinBase(set.loss, labels);
  const scores = labels.map(() => base);
  const trees: Tree[] = [];
  for (let round = 0; round < set.rounds; round++) {
    const slopes = scores.map((score, k) => twinSlopes(set.loss, score, labels[k]));
    const grown = growTwin(rows, slopes, [...labels.keys()], set.depth, set.l2);
    const leaves: (readonly number[])[] = [];
    const tree = flatTwin(grown, leaves);
    const values = leaves.map((of) => {
      const [g, h] = of.reduce(([a, b], k) => [a + slopes[k][0], b + slopes[k][1]], [0, 0]);
      return (-set.learningRate * g) / (h + set.l2);
    });
    leaves.forEach((of, leaf) => {
      for (const k of of) scores[k] += values[leaf];
    });
    trees.push({ ...tree, values: Float64Array.from(values) });
  }
  const { loss, learningRate, l2 } = set;
  return { loss, base, trees, learningRate, l2 };
}

function growTwin(
  rows: readonly (readonly number[])[],
  slopes: readonly (readonly [number, number])[],
  of: readonly number[],
  depth: number,
  l2: number,
): Grown {
  const worth = (some: readonly number[]) => {
    const [g, h] = some.reduce(([a, b], k) => [a + slopes[k][0], b + slopes[k][1]], [0, 0]);
    return (g * g) / (h + l2);
  };
  let best: { feature: number; at: number; gain: number } | undefined;
  if (depth > 0)
    for (let feature = 0; feature < rows[0].length; feature++)
      for (const at of [...new Set(of.map((k) => rows[k][feature]))].sort((a, b) => a - b).slice(0, -1)) {
        const yes = of.filter((k) => rows[k][feature] <= at);
        const gain = worth(yes) + worth(of.filter((k) => rows[k][feature] > at)) - worth(of);
        if (gain > (best?.gain ?? 1e-9) + 1e-9) best = { feature, at, gain };
      }
  if (best === undefined) return of;
  const { feature, at } = best;
  const [yes, no] = [of.filter((k) => rows[k][feature] <= at), of.filter((k) => rows[k][feature] > at)];
  return {
    feature,
    at,
    yes: growTwin(rows, slopes, yes, depth - 1, l2),
    no: growTwin(rows, slopes, no, depth - 1, l2),
  };
}

function flatTwin(root: Grown, leaves: (readonly number[])[]): Tree {
  const nodes: { feature: number; at: number; yes: number; no: number }[] = [];
  const place = (grown: Grown): number => {
    if (!("feature" in grown)) return ~(leaves.push(grown) - 1);
    const at = nodes.push({ feature: grown.feature, at: grown.at, yes: 0, no: 0 }) - 1;
    nodes[at].yes = place(grown.yes);
    nodes[at].no = place(grown.no);
    return at;
  };
  place(root);
  return {
    feature: Uint32Array.from(nodes, ({ feature }) => feature),
    threshold: Float64Array.from(nodes, ({ at }) => at),
    left: Int32Array.from(nodes, ({ yes }) => yes),
    right: Int32Array.from(nodes, ({ no }) => no),
    values: new Float64Array(0),
  };
}

/** Features of a pair of a user and an item. */
export type Kinds = (user: number, item: number) => readonly number[];

/** Three features that no interaction changes. */
export const threeKinds: Kinds = (user, item) => [(user * 7) % 5, (item * 3) % 4, (user * 5 + item * 11) % 9];

/** Six of them. */
export const sixKinds: Kinds = (user, item) => [
  ...threeKinds(user, item),
  ...[(user * 3) % 7, (item * 5) % 3, (user * 2 + item * 7) % 5],
];

function rowsOfFeatures(rows: readonly (readonly number[])[]): FeatureRows {
  return { count: rows.length, width: rows[0]?.length ?? 0, values: Float64Array.from(rows.flat()) };
}

/** A trained twin on interactions. With the logistic loss a row likes its item, and does not like another that it owns too. */
export function twinModel(
  interactions: Interactions,
  set: TwinSettings = twinSettings,
  kinds: Kinds = threeKinds,
  keys: NameKeys = indexKeys(interactions),
): TrainedModel {
  const { users, items, ratings, itemCount } = interactions;
  const examples = Array.from(ratings, (rating, row) =>
    set.loss === "squared"
      ? [{ user: users[row], item: items[row], label: rating, row }]
      : [
          { user: users[row], item: items[row], label: 1, row },
          { user: users[row], item: (items[row] + 3) % itemCount, label: 0, row },
        ],
  ).flat();
  const rows = examples.map(({ user, item }) => kinds(user, item));
  const labels = examples.map(({ label }) => label);
  const booster = twinBooster(rows, labels, set);
  const trees: TreeEnsemble = {
    booster,
    featureNames: rows[0].map((_, k) => `kind ${k + 1}`),
    examples: {
      features: rowsOfFeatures(rows),
      labels: Float64Array.from(labels),
      owners: Uint32Array.from(examples, ({ row }) => row),
    },
    featuresOf: (who, what) => rowsOfFeatures(Array.from(who, (user, k) => kinds(user, what[k]))),
  };
  const trainer: Trainer = {
    ...{ name: "twin", settings: { ...set }, toOptimum: false },
    train: async (data) => twinModel(data.interactions, set, kinds, data.keys),
  };
  return {
    ...{ kind: "twin", interactions, keys, unit: set.loss === "squared" ? "rating" : "score", trainer, seed: 1 },
    ...{ origin: "trained", trees },
    scores: ({ users: who, items: what }) =>
      Float64Array.from(who, (user, k) => scoreIn(booster, kinds(user, what[k]))),
  };
}

/** The score of a pair with three kinds. */
export function twinScore(booster: Pick<Booster, "base" | "trees">, user: number, item: number): number {
  return scoreIn(booster, threeKinds(user, item));
}

function scoreIn({ base, trees }: Pick<Booster, "base" | "trees">, row: readonly number[]): number {
  return trees.reduce((score, tree) => score + tree.values[twinLeaf(tree, row)], base);
}

/** The leaf of a row of features. */
export function twinLeaf({ feature, threshold, left, right }: Tree, row: readonly number[], node = 0): number {
  if (feature.length === 0) return 0;
  const next = row[feature[node]] <= threshold[node] ? left[node] : right[node];
  return next < 0 ? -1 - next : twinLeaf({ feature, threshold, left, right, values: threshold }, row, next);
}

/** Forty ratings that depend on the kinds of users and items, and on chance. */
export function twinRatings(seed = 3): Interactions {
  const random = randomOf(seed, "twin");
  const triples = Array.from({ length: 40 }, (): Triple => {
    const [user, item] = [random.integer(9), random.integer(8)];
    const [a, b] = threeKinds(user, item);
    return [user, item, 1 + ((a + 2 * b) % 4) + random.uniform()];
  });
  return interactionsFrom(triples, 9, 8);
}
