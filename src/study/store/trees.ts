/** Boosted trees between memory and folder: nodes and leaves of all trees side by side, and a mean score to check them by. */

import type { Booster, Tree } from "../../boosting/ensemble.ts";
import { type BoostingPlan, type BoostingSettings, boostingSettings } from "../../boosting/settings.ts";
import { LetheError } from "../../errors.ts";
import type { Tensor } from "../../exchange/files/safetensors.ts";
import type { StoredTrees } from "../../exchange/model/folder.ts";
import { nameKeys } from "../../objective/negatives.ts";
import { boostedModel } from "../../training/boosting.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { itemGenres } from "../item-genres.ts";

type Columns = Readonly<Record<"feature" | "threshold" | "left" | "right", number[]>>;

/** What is stored of a model of boosted trees. */
export function treeContents(model: TrainedModel, { settings, sampling, genres }: BoostingPlan, booster: Booster) {
  const { loss, ...numbers } = settings;
  const tensors = tensorsOf(booster, firstMean(model));
  return {
    trees: true as const,
    model: {
      name: "boosting" as const,
      settings: numbers,
      trees: booster.trees.length,
      ...(genres ? { genres: [...genres.names] } : {}),
      tensors: Array.from(tensors, ([name, { shape }]) => ({ name, shape: [...shape] })),
    },
    objective: { loss, ...(sampling ? { sampling } : {}) },
    training: { trainer: model.trainer.name, seed: model.seed },
    result: { status: "converged", objective: null, gradientNorm: null },
    tensors,
  };
}

/** The tensors of a booster: how many leaves each tree has, then nodes and leaves one tree after the other. */
export function tensorsOf({ base, trees }: Booster, firstMean: number): Map<string, Tensor> {
  const all = (of: (tree: Tree) => ArrayLike<number>) => trees.flatMap((tree) => Array.from(of(tree)));
  const columns: Readonly<Record<string, readonly number[]>> = {
    base: [base],
    leaves: trees.map(({ values }) => values.length),
    feature: all(({ feature }) => feature),
    threshold: all(({ threshold }) => threshold),
    left: all(({ left }) => left),
    right: all(({ right }) => right),
    value: all(({ values }) => values),
    first_mean: [firstMean],
  };
  return new Map(
    Object.entries(columns).map(([name, values]) => [
      name,
      { shape: [values.length], values: Float64Array.from(values) },
    ]),
  );
}

const checkedRows = 100;

/** The mean score of the first rows: what loading has to find again. */
function firstMean({ scores, interactions: { users, items } }: TrainedModel): number {
  const found = scores({ users: users.subarray(0, checkedRows), items: items.subarray(0, checkedRows) });
  return found.reduce((sum, score) => sum + score, 0) / Math.max(1, found.length);
}

/** The model of a folder; throws `bad-model` where its tensors make no trees, or other scores than it was stored with. */
export function treesFrom({ manifest, tensors, dataset }: StoredTrees): TrainedModel {
  const { model, objective, training, forgotten } = manifest;
  const given = { ...model.settings, loss: objective.loss } as Partial<BoostingSettings> & Pick<Booster, "loss">;
  const settings = boostingSettings(given);
  const { learningRate, l2, loss } = settings;
  const base = numberOf(tensors, "base");
  const trained = boostedModel({
    plan: { settings, sampling: objective.sampling, genres: itemGenres(dataset, model.genres ?? []) },
    data: { interactions: dataset.interactions, keys: nameKeys(dataset.userIds.list, dataset.itemIds.list) },
    seed: training.seed,
    origin: forgotten ? "forgotten" : "trained",
    booster: { loss, base, learningRate, l2, trees: treesOf(tensors, model.trees) },
  });
  checkFeatures(trained);
  checkScores(trained, numberOf(tensors, "first_mean"));
  return trained;
}

function numberOf(tensors: ReadonlyMap<string, Tensor>, name: string): number {
  const values = columnOf(tensors, name);
  if (values.length !== 1) throw noTrees(`${name} is not one number`);
  return values[0];
}

function columnOf(tensors: ReadonlyMap<string, Tensor>, name: string): Float64Array {
  const found = tensors.get(name);
  if (found === undefined) throw noTrees(`there is no tensor ${name}`);
  return found.values;
}

/** The trees that tensors hold, each checked to be one. */
export function treesOf(tensors: ReadonlyMap<string, Tensor>, count: number): Tree[] {
  const column = (name: string) => columnOf(tensors, name);
  const leaves = column("leaves");
  if (leaves.length !== count) throw noTrees(`leaves tells of ${leaves.length} trees, the manifest of ${count}`);
  let [node, leaf] = [0, 0];
  const trees = Array.from(leaves, (own, t) => {
    const part = (name: string, from: number, length: number) => column(name).subarray(from, from + length);
    const columns = {
      feature: Array.from(part("feature", node, own - 1)),
      threshold: Array.from(part("threshold", node, own - 1)),
      left: Array.from(part("left", node, own - 1)),
      right: Array.from(part("right", node, own - 1)),
    };
    const values = part("value", leaf, own).slice();
    if (!isTree(columns, own) || values.length !== own) throw noTrees(`tree ${t} has nodes that make no tree`);
    node += own - 1;
    leaf += own;
    return treeOf(columns, values);
  });
  if (node !== column("feature").length || leaf !== column("value").length)
    throw noTrees("there are more nodes or leaves than the trees have");
  return trees;
}

/** Whether every node but the root, and every leaf, is the child of one node that comes before it. */
function isTree({ feature, left, right, threshold }: Columns, leaves: number): boolean {
  const nodes = leaves - 1;
  if (!(leaves >= 1) || [feature, threshold, left, right].some(({ length }) => length !== nodes)) return false;
  const children = [...left, ...right];
  const comesBefore = children.every((child, k) => Number.isInteger(child) && (child < 0 || child > k % nodes));
  const once = new Set(children).size === 2 * nodes && children.every((child) => child < nodes && ~child < leaves);
  return comesBefore && once && feature.every((index) => Number.isInteger(index) && index >= 0);
}

function treeOf({ feature, threshold, left, right }: Columns, values: Float64Array): Tree {
  return {
    feature: Uint32Array.from(feature),
    threshold: Float64Array.from(threshold),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    values,
  };
}

function checkFeatures({ trees }: TrainedModel): void {
  const { booster, featureNames } = trees as NonNullable<TrainedModel["trees"]>;
  const most = booster.trees.reduce((all, { feature }) => feature.reduce((a, b) => Math.max(a, b), all), 0);
  if (most >= featureNames.length)
    throw noTrees(`a node asks about feature ${most}, and these interactions have ${featureNames.length}`);
}

/** Scores in other features are other scores. */
function checkScores(model: TrainedModel, stored: number): void {
  const found = firstMean(model);
  if (Math.abs(found - stored) <= 1e-9 * (1 + Math.abs(stored))) return;
  throw noTrees(`the mean score of its first interactions is ${found}, and it was stored with ${stored}`);
}

function noTrees(found: string): LetheError {
  return new LetheError(
    "bad-model",
    `parameters.safetensors: ${found}`,
    "use the version of Lethe that wrote the model, or train it again with this one",
  );
}
