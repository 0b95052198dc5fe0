/** A model in shards between memory and folder: one index space, the members' tensors side by side, and a shard for every row. */

import type { Dataset } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import type { Tensor } from "../../exchange/files/safetensors.ts";
import type { StoredTensors } from "../../exchange/model/folder.ts";
import {
  beforeSliceName,
  negativesName,
  shardedName,
  shardOfRowName,
  shardOfUserName,
} from "../../exchange/model/tables.ts";
import { putValues, valuesOf } from "../../model/tensors.ts";
import { differentiable, type ObjectiveParts } from "../../objective/differentiable.ts";
import { nameKeys, selectNegatives } from "../../objective/negatives.ts";
import type { ObjectiveSettings } from "../../objective/objective.ts";
import type { TrainStatus } from "../../training/factors/descent.ts";
import { assembled, memberTrainer, sharded } from "../../training/sharded.ts";
import { rowsByShard } from "../../training/shards/deal.ts";
import { mixtureOf } from "../../training/shards/mixture-of.ts";
import { withCheckpoints } from "../../training/shards/slices.ts";
import type { Tolerance } from "../../training/tolerance.ts";
import {
  type Learned,
  type Shard,
  type Smooth,
  smoothModel,
  type TrainedModel,
  type Trainer,
} from "../../training/trained-model.ts";
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
  const { inner, slices = 1, ...dealt } = sharding;
  const first = tensorsOf(members[0]);
  const tensors = new Map<string, Tensor>();
  const shardOfRow = new Float64Array(interactions.size);
  const { sampling } = members[0].objective.settings;
  const negatives = new Float64Array(interactions.size * (sampling?.perRow ?? 0));
  shards.forEach(({ rows, model: { checkpoints = [] } }, k) => {
    for (const [name, tensor] of memberTensors(members[k])) tensors.set(shardedName(k, name), tensor);
    checkpoints.forEach((params, r) => {
      for (const [name, tensor] of memberTensors({ ...members[k], params }))
        tensors.set(shardedName(k, beforeSliceName(r + 2, name)), tensor);
    });
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
  const beside = learnedTensors(trained);
  for (const [name, tensor] of beside) tensors.set(name, tensor);
  const described = {
    ...{ ...dealt, ...(slices > 1 ? { slices } : {}), inner: inner.name, ends },
    ...(beside.size > 0 ? { learned: learnedOf(trained, beside) } : {}),
  };
  return { model: first.model, objective: first.objective, tensors, sharding: described };
}

function memberTensors(member: Smooth): Map<string, Tensor> {
  const { tensors } = tensorsOf(member);
  // Those of all rows are one table.
  tensors.delete(negativesName);
  return tensors;
}

/** What was learned beside the members. */
function learnedTensors({ learned = {}, shards = [] }: TrainedModel): Map<string, Tensor> {
  const out = new Map<string, Tensor>();
  const { shardOfUser, attention } = learned;
  if (shardOfUser) out.set(shardOfUserName, { shape: [shardOfUser.length], values: Float64Array.from(shardOfUser) });
  if (attention)
    for (const tensor of mixtureOf(shards.map(({ model }) => model)).tensors)
      out.set(tensor.name, { shape: tensor.shape, values: valuesOf(tensor, attention.params) });
  return out;
}

function learnedOf({ learned }: TrainedModel, tensors: ReadonlyMap<string, Tensor>) {
  return {
    tensors: Array.from(tensors, ([name, { shape }]) => ({ name, shape: [...shape] })),
    ...(learned?.attention ? { attention: learned.attention.status } : {}),
  };
}

/** What a folder holds beside the members; throws `bad-model` where it does not fit them. */
function learnedFrom(
  { tensors }: StoredTensors,
  { learned, aggregate, partition }: Sharded,
  shards: readonly Shard[],
): Learned {
  const ofUser = tensors.get(shardOfUserName);
  const wanted = partition === "user-similarity";
  const others = learned?.tensors.filter(({ name }) => name !== shardOfUserName) ?? [];
  if (wanted !== (ofUser !== undefined))
    throw new LetheError("bad-model", `the partition ${partition} has ${wanted ? "no" : "a"} table ${shardOfUserName}`);
  const shardOfUser = ofUser && Uint32Array.from(ofUser.values);
  if (aggregate !== "attention" && others.length === 0) return { shardOfUser };
  const mixture = mixtureOf(shards.map(({ model }) => model));
  const odd = others.find(({ name }) => !mixture.tensors.some((place) => place.name === name));
  if (odd !== undefined)
    throw new LetheError("bad-model", `parameters.safetensors has ${odd.name}, which these members do not ask for`);
  const params = new Float64Array(mixture.parameterCount);
  for (const place of mixture.tensors) {
    const found = tensors.get(place.name);
    if (aggregate !== "attention" || found?.shape.join() !== place.shape.join())
      throw new LetheError(
        "bad-model",
        `parameters.safetensors has ${place.name} in shape [${found?.shape.join(", ") ?? "none"}]; the aggregate ${aggregate} of these members asks for [${place.shape.join(", ")}]`,
      );
    putValues(place, found.values, params);
  }
  return { shardOfUser, attention: { params, status: (learned?.attention ?? "step-limit") as TrainStatus } };
}

/** Where training ended: of the model, or of its members together; undefined for a model that is minimised by nothing. */
export function trainingEnd(trained: TrainedModel): ReturnType<typeof endOf> | undefined {
  const members = membersOf(trained);
  return members ? endOf(members, trained.learned) : trained.smooth;
}

/** What members say together: J and ‖∇J‖ of all, converged where all are; broken down where the attention to them is. */
export function endOf(
  members: readonly Smooth[],
  { attention }: Learned = {},
): Pick<Smooth, "status" | "value" | "gradientNorm" | keyof Tolerance> {
  const ends = [...members.map((one) => one.status), ...(attention?.status === "breakdown" ? [attention.status] : [])];
  const status = (["breakdown", "step-limit"] as const).find((bad) => ends.includes(bad));
  return {
    status: status ?? "converged",
    value: members.reduce((sum, { value }) => sum + value, 0),
    gradientNorm: Math.sqrt(members.reduce((sum, { gradientNorm }) => sum + gradientNorm ** 2, 0)),
    tolerance: members[0].tolerance,
    relativeTolerance: members[0].relativeTolerance,
  };
}

/** The model of a folder in shards. */
export function shardsFrom(
  stored: StoredTensors,
  sharding: Sharded,
  settings: ObjectiveSettings,
  inner: Trainer,
  parts: ObjectiveParts,
): TrainedModel {
  const { manifest, tensors, dataset } = stored;
  const { inner: _name, ends, learned: _learned, ...dealt } = sharding;
  const trainer = sharded(inner, dealt);
  const member = memberTrainer(trainer) ?? inner;
  const data = { interactions: dataset.interactions, keys: keysOf(dataset) };
  const held = rowsByShard(Uint32Array.from(tensors.get(shardOfRowName)?.values ?? []), dealt.shards);
  const perRow = settings.sampling?.perRow ?? 0;
  const shards = held.map((rows, k): Shard => {
    const negatives = parts.negatives && selectNegatives(parts.negatives, perRow, rows);
    const interactions = data.interactions.select(rows);
    const objective = differentiable(settings, interactions, data.keys, { ...parts, negatives });
    const paramsOf = (stored: (name: string) => string) => {
      const own = objective.tensors.map(({ name }) => [name, tensors.get(shardedName(k, stored(name)))] as const);
      return paramsFrom(objective, defined(new Map(own)));
    };
    const { status, objective: value, gradientNorm } = ends[k];
    const model = smoothModel({
      ...{ objective, params: paramsOf((name) => name), trainer: member, seed: manifest.training.seed },
      ...{ status: status as TrainStatus, value, gradientNorm },
      tolerance: manifest.training.tolerance,
      relativeTolerance: manifest.training.relativeTolerance,
    });
    const { slices = 1 } = dealt;
    if (slices === 1) return { rows, model };
    const before = (_: unknown, r: number) => paramsOf((name) => beforeSliceName(r + 2, name));
    return { rows, model: withCheckpoints(model, Array.from({ length: slices - 1 }, before)) };
  });
  const learned = learnedFrom(stored, sharding, shards);
  return assembled(trainer, dealt, shards, data, manifest.training.seed, learned);
}

function defined(tensors: ReadonlyMap<string, Tensor | undefined>): Map<string, Tensor> {
  const out = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) if (tensor) out.set(name, tensor);
  return out;
}

function keysOf({ userIds, itemIds }: Dataset) {
  return nameKeys(userIds.list, itemIds.list);
}
