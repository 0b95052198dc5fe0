/** A model in shards between memory and folder: one index space, the members' tensors side by side, and a shard for every row. */

import type { Dataset } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import type { Tensor } from "../../exchange/files/safetensors.ts";
import type { StoredTensors } from "../../exchange/model/folder.ts";
import { negativesName, shardedName, shardOfRowName } from "../../exchange/model/tables.ts";
import { differentiable, type ObjectiveParts } from "../../objective/differentiable.ts";
import { nameKeys, selectNegatives } from "../../objective/negatives.ts";
import type { ObjectiveSettings } from "../../objective/objective.ts";
import type { TrainStatus } from "../../training/factors/descent.ts";
import { assembled, sharded } from "../../training/sharded.ts";
import { type Shard, type Smooth, smoothModel, type TrainedModel, type Trainer } from "../../training/trained-model.ts";
import { paramsFrom, tensorsOf } from "./tensors.ts";

type Sharded = NonNullable<StoredTensors["manifest"]["training"]["sharding"]>;

/** The members of a model, or undefined where it has none. */
export function membersOf({ shards }: TrainedModel): readonly Smooth[] | undefined {
  return shards?.map(({ model }) => {
    if (model.smooth === undefined)
      throw new LetheError(
        "unsupported",
        `members of the kind ${model.kind} cannot be stored`,
        "keep the model in memory",
      );
    return model.smooth;
  });
}

/** What is stored of members: settings of the first, which all share, every member's tensors, and where it ended. */
export function shardContents(trained: TrainedModel, members: readonly Smooth[]) {
  const { shards = [], interactions, trainer } = trained;
  const { sharding } = trainer;
  if (sharding === undefined) throw new LetheError("internal", "members without a trainer in shards");
  const { inner, ...dealt } = sharding;
  const first = tensorsOf(members[0]);
  const tensors = new Map<string, Tensor>();
  const shardOfRow = new Float64Array(interactions.size);
  const { sampling } = members[0].objective.settings;
  const negatives = new Float64Array(interactions.size * (sampling?.perRow ?? 0));
  shards.forEach(({ rows }, k) => {
    for (const [name, tensor] of tensorsOf(members[k]).tensors)
      if (name !== negativesName) tensors.set(shardedName(k, name), tensor);
    const { negatives: own } = members[k].objective;
    const perRow = sampling?.perRow ?? 0;
    rows.forEach((row, n) => {
      shardOfRow[row] = k;
      negatives.set(own.subarray(n * perRow, (n + 1) * perRow), row * perRow);
    });
  });
  tensors.set(shardOfRowName, { shape: [interactions.size], values: shardOfRow });
  if (sampling) tensors.set(negativesName, { shape: [interactions.size, sampling.perRow], values: negatives });
  const ends = members.map(({ status, value, gradientNorm }) => ({ status, objective: value, gradientNorm }));
  return { model: first.model, objective: first.objective, tensors, sharding: { ...dealt, inner: inner.name, ends } };
}

/** Where training ended: of the model, or of its members together; undefined for a model that is minimised by nothing. */
export function trainingEnd(trained: TrainedModel): ReturnType<typeof endOf> | undefined {
  const members = membersOf(trained);
  return members ? endOf(members) : trained.smooth;
}

/** What members say together: J and ‖∇J‖ of all, converged where all are. */
export function endOf(members: readonly Smooth[]): Pick<Smooth, "status" | "value" | "gradientNorm" | "tolerance"> {
  const status = (["breakdown", "step-limit"] as const).find((bad) => members.some((one) => one.status === bad));
  return {
    status: status ?? "converged",
    value: members.reduce((sum, { value }) => sum + value, 0),
    gradientNorm: Math.sqrt(members.reduce((sum, { gradientNorm }) => sum + gradientNorm ** 2, 0)),
    tolerance: members[0].tolerance,
  };
}

/** The model of a folder in shards. */
export function shardsFrom(
  { manifest, tensors, dataset }: StoredTensors,
  { inner: _name, ends, ...dealt }: Sharded,
  settings: ObjectiveSettings,
  inner: Trainer,
  parts: ObjectiveParts,
): TrainedModel {
  const data = { interactions: dataset.interactions, keys: keysOf(dataset) };
  const held = rowsByShard(tensors.get(shardOfRowName)?.values ?? new Float64Array(0), dealt.shards);
  const perRow = settings.sampling?.perRow ?? 0;
  const shards = held.map((rows, k): Shard => {
    const negatives = parts.negatives && selectNegatives(parts.negatives, perRow, rows);
    const interactions = data.interactions.select(rows);
    const objective = differentiable(settings, interactions, data.keys, { ...parts, negatives });
    const own = new Map(objective.tensors.map(({ name }) => [name, tensors.get(shardedName(k, name))] as const));
    const { status, objective: value, gradientNorm } = ends[k];
    const model = smoothModel({
      ...{ objective, params: paramsFrom(objective, defined(own)), trainer: inner, seed: manifest.training.seed },
      ...{ status: status as TrainStatus, value, gradientNorm, tolerance: manifest.training.tolerance },
    });
    return { rows, model };
  });
  const trainer = sharded(inner, dealt);
  return assembled(trainer, dealt, shards, data, manifest.training.seed);
}

function defined(tensors: ReadonlyMap<string, Tensor | undefined>): Map<string, Tensor> {
  const out = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) if (tensor) out.set(name, tensor);
  return out;
}

function rowsByShard(shardOfRow: Float64Array, shards: number): Uint32Array[] {
  const rows: number[][] = Array.from({ length: shards }, () => []);
  shardOfRow.forEach((shard, row) => {
    rows[shard].push(row);
  });
  return rows.map((list) => Uint32Array.from(list));
}

function keysOf({ userIds, itemIds }: Dataset) {
  return nameKeys(userIds.list, itemIds.list);
}
