/** Who is who in an erasure request: which users, items and events of a model it means. */

import { type Ids, unknownId } from "../../data/dataset.ts";
import type { Index, Interactions, Rows } from "../../data/interactions.ts";
import { type Forms, formOf, formsOf } from "../../data/likeness.ts";
import { LetheError } from "../../errors.ts";
import type { NamedModel } from "../store/model.ts";

/** Events by outside ids: all rows that agree in user, item, and in the rating and time where they are given. */
export interface Events {
  readonly users: readonly string[];
  readonly items: readonly string[];
  readonly ratings?: readonly number[] | undefined;
  /** Seconds since 1970. */
  readonly times?: readonly number[] | undefined;
}

/** What to forget, by outside ids: all of a user, all of an item, or single interactions. */
export interface ForgetRequest {
  readonly users?: readonly string[] | undefined;
  readonly items?: readonly string[] | undefined;
  readonly interactions?: Events | undefined;
  /** Takes ids as they are written, where others look alike. */
  readonly exactly?: boolean | undefined;
  /** Takes all ids that look alike. */
  readonly allForms?: boolean | undefined;
}

/** Rows, ascending, and what is to be said of ids that look alike. */
export interface Requested {
  readonly rows: Rows;
  readonly warnings: readonly string[];
}

/** The rows of a request; throws `unknown-id` for a user, item or event that the model does not have, and `bad-input` where it could mean several. */
export function requestedRows({ dataset, trained }: NamedModel, request: ForgetRequest): Requested {
  if (request.exactly && request.allForms)
    throw new LetheError("bad-input", "`exactly` and `allForms` say the opposite", "give one of them");
  const { byUser, byItem } = trained.interactions;
  const warnings: string[] = [];
  const sides = [
    sideOf("user", dataset.userIds, byUser, request, warnings),
    sideOf("item", dataset.itemIds, byItem, request, warnings),
  ] as const;
  const chosen = new Set<number>();
  const takeAll = ({ start, rows }: Index, index: number) => {
    for (let k = start[index]; k < start[index + 1]; k++) chosen.add(rows[k]);
  };
  for (const user of sides[0].all(request.users ?? [])) takeAll(byUser, user);
  for (const item of sides[1].all(request.items ?? [])) takeAll(byItem, item);
  for (const row of eventRows(trained.interactions, request.interactions ?? {}, sides, request)) chosen.add(row);
  return { rows: Uint32Array.from(chosen).sort(), warnings };
}

/** The rows of a request, ascending; throws as `requestedRows` does. */
export function rowsOf(named: NamedModel, request: ForgetRequest): Rows {
  return requestedRows(named, request).rows;
}

/** One side of a request. */
interface Side {
  readonly what: "user" | "item";
  readonly ids: Ids;
  /** The indices that ids mean. */
  all(ids: readonly string[]): Set<number>;
  /** Other indices that look like an id. */
  others(id: string): readonly number[];
  /** Words for each index, with how much data it has. */
  told(indices: readonly number[]): string[];
}

function sideOf(
  what: Side["what"],
  ids: Ids,
  { start }: Index,
  { exactly = false, allForms = false }: ForgetRequest,
  warnings: string[],
): Side {
  let forms: Forms | undefined;
  const others = (id: string): readonly number[] => {
    forms ??= formsOf(ids.list);
    return (forms.get(formOf(id)) ?? []).filter((index) => ids.list[index] !== id);
  };
  const told = (indices: readonly number[]) =>
    indices.map((k) => `${JSON.stringify(ids.list[k])} (${counted(start[k + 1] - start[k])})`);
  const all = (asked: readonly string[]) => {
    const named = new Set(asked);
    const taken = new Set<number>();
    for (const id of asked) {
      const own = ids.find(id);
      const alike = others(id).filter((index) => !named.has(ids.list[index]));
      if (own === undefined && !(allForms && alike.length > 0)) throw unknownId(id, what, told(alike), formsAdvice);
      if (own !== undefined) taken.add(own);
      if (alike.length === 0) continue;
      if (allForms) for (const index of alike) taken.add(index);
      else if (!exactly) throw ambiguous(`${what} ${JSON.stringify(id)}`, told(alike));
      for (const words of told(alike))
        warnings.push(
          `${what} ${words} looks like ${JSON.stringify(id)}, and ${allForms ? "was forgotten as well" : "stays"}`,
        );
    }
    return taken;
  };
  return { what, ids, all, others, told };
}

const counted = (rows: number) => `${rows} interaction${rows === 1 ? "" : "s"}`;

const formsAdvice = "write the id as the model has it, or take all that look alike with `allForms`";

function ambiguous(what: string, alike: readonly string[]): LetheError {
  return new LetheError(
    "bad-input",
    `${what} has look-alikes in this model: ${alike.join(", ")}; nothing was forgotten`,
    "`exactly` takes ids as they are written, `allForms` takes all that look alike",
  );
}

/** The rows of events. */
function* eventRows(
  interactions: Interactions,
  { users = [], items = [], ratings, times }: Partial<Events>,
  [userSide, itemSide]: readonly [Side, Side],
  { exactly = false, allForms = false }: ForgetRequest,
): Generator<number> {
  for (let n = 0; n < users.length; n++) {
    const [userId, itemId] = [users[n], items[n]];
    const named = `pair ${n + 1} of the request: user ${JSON.stringify(userId)}`;
    const own = pairRows(interactions, meant(userSide, userId, allForms), meant(itemSide, itemId, allForms));
    if (!exactly && !allForms) {
      const around = pairRows(interactions, forms(userSide, userId), forms(itemSide, itemId)).length - own.length;
      if (around > 0)
        throw ambiguous(`${named} and item ${JSON.stringify(itemId)}`, [`${counted(around)} of ids that look alike`]);
    }
    if (own.length === 0)
      throw new LetheError(
        "unknown-id",
        `${named} has no rating of item ${JSON.stringify(itemId)} in this model`,
        "it was never seen, or is already forgotten",
      );
    const event = own.filter((row) => agrees(interactions, row, ratings?.[n], times?.[n]));
    if (event.length === 0) throw otherEvent(`${named} and item ${JSON.stringify(itemId)}`, interactions, own);
    yield* event;
  }
}

/** The indices of an id: its own, or with all that look alike. */
function meant({ what, ids, others, told }: Side, id: string, allForms: boolean): readonly number[] {
  const own = ids.find(id);
  const alike = others(id);
  if (own === undefined && !(allForms && alike.length > 0)) throw unknownId(id, what, told(alike), formsAdvice);
  return [...(own === undefined ? [] : [own]), ...(allForms ? alike : [])];
}

function forms({ ids, others }: Side, id: string): readonly number[] {
  return [ids.find(id) as number, ...others(id)];
}

function pairRows({ byUser, items }: Interactions, users: readonly number[], wanted: readonly number[]): number[] {
  return users.flatMap((user) =>
    Array.from(byUser.rows.subarray(byUser.start[user], byUser.start[user + 1])).filter((row) =>
      wanted.includes(items[row]),
    ),
  );
}

function agrees({ ratings, times }: Interactions, row: number, rating?: number, time?: number): boolean {
  if (rating !== undefined && ratings[row] !== rating) return false;
  return time === undefined || times === undefined || times[row] === time;
}

function otherEvent(named: string, { ratings, times }: Interactions, rows: readonly number[]): LetheError {
  const there = rows.map((row) => `${ratings[row]}${times ? ` at ${times[row]}` : ""}`).join(", ");
  return new LetheError(
    "unknown-id",
    `${named}: the model has this pair with the rating ${there}, and not with that of the request`,
    "without rating and time all rows of the pair go",
  );
}
