/** The parameter tables of a model, as tensors and back, checked against what the manifest says of them. */

import type { Tensor } from "../files/safetensors.ts";
import type { FactorManifest, GeneralManifest, TreeManifest } from "./manifest.ts";

/** The parameters of a matrix factorization with d factors; biases are both there or both absent. */
export interface Tables {
  /** users × d, row-major. */
  readonly userFactors: Float64Array;
  /** items × d, row-major. */
  readonly itemFactors: Float64Array;
  readonly userBias?: Float64Array | undefined;
  readonly itemBias?: Float64Array | undefined;
  /** Added to every score; the value in the manifest where that is fixed. */
  readonly mean: number;
}

/** What the shapes of the tables follow from. */
export interface Layout {
  readonly model: FactorManifest["model"];
  readonly users: number;
  readonly items: number;
}

/** The tables by their names in the file, shaped by the layout; nothing is checked. */
export function tensorsOf(tables: Tables, { model, users, items }: Layout): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>([
    ["user_factors", { shape: [users, model.factors], values: tables.userFactors }],
    ["item_factors", { shape: [items, model.factors], values: tables.itemFactors }],
  ]);
  if (tables.userBias !== undefined) tensors.set("user_bias", { shape: [users], values: tables.userBias });
  if (tables.itemBias !== undefined) tensors.set("item_bias", { shape: [items], values: tables.itemBias });
  return tensors.set("mean", { shape: [1], values: Float64Array.of(tables.mean) });
}

/** The tables that tensors hold; `layoutProblem` must have found nothing. */
export function tablesOf(tensors: ReadonlyMap<string, Tensor>): Tables {
  const values = (name: string) => tensors.get(name)?.values;
  const none = new Float64Array(0);
  return {
    userFactors: values("user_factors") ?? none,
    itemFactors: values("item_factors") ?? none,
    userBias: values("user_bias"),
    itemBias: values("item_bias"),
    mean: values("mean")?.[0] ?? 0,
  };
}

/** What is wrong with tensors for this layout (a name, shape, length, number or the fixed mean), or undefined. */
export function layoutProblem(tensors: ReadonlyMap<string, Tensor>, layout: Layout): string | undefined {
  const problem = shapesProblem(tensors, shapesOf(layout));
  if (problem !== undefined) return problem;
  const { mean } = layout.model;
  const found = tensors.get("mean")?.values[0];
  if (mean.kind === "fixed" && found !== mean.value) return `a mean of ${found} where ${mean.value} is fixed`;
  return undefined;
}

/** Name of the table of drawn negatives (interactions × negatives each) beside the parameters. */
export const negativesName = "negatives";

/** Name of the table that says which shard each row is in. */
export const shardOfRowName = "shard_of_row";

/** Name of the table that says which shard each user is in, where that was learned. */
export const shardOfUserName = "shard_of_user";

/** Name of a member's tensor. */
export function shardedName(shard: number, name: string): string {
  return `shard.${shard}.${name}`;
}

/** Name of a member's tensor as it was before a slice, counted from 1; the first slice begins at the start. */
export function beforeSliceName(slice: number, name: string): string {
  return `before.${slice}.${name}`;
}

/** What is wrong with the tensors of a model of the general form, or undefined: shapes, numbers, and negatives that are no items. */
export function tensorsProblem(
  tensors: ReadonlyMap<string, Tensor>,
  { model, objective, training }: Pick<GeneralManifest, "model" | "objective" | "training">,
  counts: { readonly users: number; readonly items: number; readonly interactions: number },
): string | undefined {
  const shapes = new Map<string, readonly number[]>();
  for (const { name, shape, rowsOf } of model.tensors) {
    if (rowsOf !== undefined && shape[0] !== counts[`${rowsOf}s`])
      return `${name} with ${shape[0]} rows for ${counts[`${rowsOf}s`]} ${rowsOf}s`;
    for (const stored of storedNames(name, training.sharding)) shapes.set(stored, shape);
  }
  if (training.sharding) shapes.set(shardOfRowName, [counts.interactions]);
  for (const { name, shape } of training.sharding?.learned?.tensors ?? [])
    shapes.set(name, name === shardOfUserName ? [counts.users] : shape);
  if (objective.sampling) shapes.set(negativesName, [counts.interactions, objective.sampling.perRow]);
  const problem = shapesProblem(tensors, shapes);
  if (problem !== undefined) return problem;
  const drawn = tensors.get(negativesName)?.values ?? new Float64Array(0);
  const at = drawn.findIndex(
    (item) => !(Number.isInteger(item) && (item < counts.items || item === 0xffffffff) && item >= 0),
  );
  if (at >= 0) return `${negativesName} with ${drawn[at]} at position ${at}, which is no item`;
  for (const name of [shardOfRowName, shardOfUserName]) {
    const shards = tensors.get(name)?.values ?? new Float64Array(0);
    const odd = shards.findIndex((k) => !(Number.isInteger(k) && k >= 0 && k < (training.sharding?.shards ?? 0)));
    if (odd >= 0) return `${name} with ${shards[odd]} at position ${odd}, which is no shard`;
  }
  return undefined;
}

/** What is wrong with the tensors of boosted trees, or undefined: shapes and numbers. Whether they make trees is for their reader to say. */
export function treesProblem(
  tensors: ReadonlyMap<string, Tensor>,
  { model }: Pick<TreeManifest, "model">,
): string | undefined {
  return shapesProblem(tensors, new Map(model.tensors.map(({ name, shape }) => [name, shape])));
}

/** The names under which a tensor of the model is stored: in shards once for every member, and once for every slice but the first. */
function storedNames(name: string, sharding: GeneralManifest["training"]["sharding"]): string[] {
  if (sharding === undefined) return [name];
  const { shards, slices = 1 } = sharding;
  return Array.from({ length: shards }, (_, k) => [
    shardedName(k, name),
    ...Array.from({ length: slices - 1 }, (_, r) => shardedName(k, beforeSliceName(r + 2, name))),
  ]).flat();
}

function shapesProblem(
  tensors: ReadonlyMap<string, Tensor>,
  expected: ReadonlyMap<string, readonly number[]>,
): string | undefined {
  for (const name of tensors.keys())
    if (!expected.has(name)) return `a tensor ${JSON.stringify(name)} that does not belong`;
  for (const [name, shape] of expected) {
    const tensor = tensors.get(name);
    if (tensor === undefined) return `no tensor ${name}`;
    if (
      tensor.shape.join() !== shape.join() ||
      tensor.values.length !== shape.reduce((size, length) => size * length, 1)
    )
      return `${name} with ${tensor.values.length} values in shape [${tensor.shape.join(", ")}], not [${shape.join(", ")}]`;
    const at = tensor.values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) return `${name} with ${tensor.values[at]} at position ${at}`;
  }
  return undefined;
}

function shapesOf({ model, users, items }: Layout): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>([
    ["user_factors", [users, model.factors]],
    ["item_factors", [items, model.factors]],
  ]);
  if (model.biases) shapes.set("user_bias", [users]).set("item_bias", [items]);
  return shapes.set("mean", [1]);
}
