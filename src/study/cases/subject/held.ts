/** What a model holds of a person as it stands: their interactions, and the numbers that it has learned of them. */

import { nearIds } from "../../../data/likeness.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import { rowAt, type TensorPlace } from "../../../model/tensors.ts";
import { median } from "../../../numeric/statistics.ts";
import { norm } from "../../../numeric/vector.ts";
import type { Smooth, TrainedModel } from "../../../training/trained-model.ts";
import type { NamedModel } from "../../store/model.ts";

/** Something that cannot be said of this model, and why. */
export interface NotDetermined {
  readonly notDetermined: string;
}

/** One interaction of a person. */
export interface HeldRow {
  readonly item: string;
  readonly title: string | null;
  readonly rating: number;
  /** Seconds since 1970; null where the model has no times. */
  readonly time: number | null;
}

/** Another id that may be the same person. */
export interface LookAlike {
  readonly user: string;
  readonly interactions: number;
}

/** Numbers that were learned of a person, under the name of their table. */
export interface HeldNumbers {
  readonly name: string;
  readonly values: readonly number[];
}

/** How much of the model is theirs: the length of their embedding beside those of others. */
export interface Embedding {
  readonly norm: number;
  /** Of all users with interactions. */
  readonly median: number;
  /** Share of the others whose embedding is shorter. */
  readonly longerThan: number;
}

/** All interactions of a user, in the order of the model. */
export function heldRows({ trained, dataset }: NamedModel, user: number): HeldRow[] {
  const { items, ratings, times } = trained.interactions;
  return Array.from(rowsOfUser(trained, user), (row) => {
    const item = dataset.itemIds.list[items[row]];
    const title = dataset.itemInfo.get(item)?.title ?? null;
    return { item, title, rating: ratings[row], time: times ? times[row] : null };
  });
}

/** The rows of a user, ascending. */
export function rowsOfUser({ interactions }: TrainedModel, user: number): Uint32Array {
  const { start, rows } = interactions.byUser;
  return rows.subarray(start[user], start[user + 1]);
}

/** Other ids that look like one: 3.0 or 0003 beside 3. */
export function lookAlikes({ trained, dataset }: NamedModel, id: string): LookAlike[] {
  const others = nearIds(dataset.userIds.list, id).filter((other) => other !== id);
  return others.map((other) => {
    const index = dataset.userIds.find(other) as number;
    return { user: other, interactions: rowsOfUser(trained, index).length };
  });
}

/** The numbers of a user in every table that has a row of theirs. */
export function heldNumbers(trained: TrainedModel, user: number): HeldNumbers[] {
  return partsOf(trained).flatMap(({ prefix, smooth }) =>
    userTables(smooth).map((tensor) => ({
      name: `${prefix}${tensor.name}`,
      values: Array.from(rowOf(tensor, smooth.params, user)),
    })),
  );
}

/** How long the embedding of a user is, beside the others'. */
export async function embeddingOf(
  trained: TrainedModel,
  user: number,
  { yieldToEventLoop }: Pick<RunContext, "yieldToEventLoop">,
): Promise<Embedding | NotDetermined> {
  const tables = partsOf(trained).flatMap(({ smooth }) =>
    userTables(smooth)
      .filter(({ penalised }) => penalised === "table")
      .map((tensor) => ({ tensor, params: smooth.params })),
  );
  if (tables.length === 0)
    return { notDetermined: `a model of the kind ${trained.kind} keeps no numbers of single users` };
  const lengthOf = (u: number) => Math.hypot(...tables.map(({ tensor, params }) => norm(rowOf(tensor, params, u))));
  const { start } = trained.interactions.byUser;
  const lengths: number[] = [];
  for (let u = 0; u + 1 < start.length; u++) {
    if (u % usersATurn === 0) await yieldToEventLoop();
    if (start[u + 1] > start[u]) lengths.push(lengthOf(u));
  }
  const own = lengthOf(user);
  const longerThan = lengths.filter((length) => length < own).length / Math.max(1, lengths.length - 1);
  return { norm: own, median: median(lengths), longerThan };
}

const usersATurn = 1 << 14;

/** The parameters of a model, or of its members. */
function partsOf({ smooth, shards = [] }: TrainedModel): { readonly prefix: string; readonly smooth: Smooth }[] {
  if (smooth) return [{ prefix: "", smooth }];
  return shards.flatMap(({ model }, k) => (model.smooth ? [{ prefix: `shard.${k}.`, smooth: model.smooth }] : []));
}

function userTables({ objective }: Smooth): TensorPlace[] {
  return objective.tensors.filter(({ rowsOf }) => rowsOf === "user");
}

function rowOf(tensor: TensorPlace, params: Float64Array, row: number): Float64Array {
  const at = rowAt(tensor, row);
  return params.subarray(at, at + tensor.width);
}
