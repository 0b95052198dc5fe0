/** The rows of a request's events: all rows that agree in user, item, and in the rating and time where they are given. */

import type { Interactions } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import { ambiguous, interactionCount, type Matching, type Side } from "./requested-side.ts";
import type { Fault, Findings, UnknownEvent } from "./unknown.ts";

/** Events by outside ids: all rows that agree in user, item, and in the rating and time where they are given. */
export interface Events {
  readonly users: readonly string[];
  readonly items: readonly string[];
  readonly ratings?: readonly number[] | undefined;
  /** Seconds since 1970. */
  readonly times?: readonly number[] | undefined;
}

/** The rows of events; what is unknown or could mean several is put to the findings. */
export function eventRows(
  interactions: Interactions,
  { users, items, ratings, times }: Events,
  sides: readonly [Side, Side],
  matching: Matching,
  findings: Findings,
): Set<number> {
  const rows = new Set<number>();
  for (let n = 0; n < users.length; n++) {
    const rating = ratings?.[n];
    const time = times?.[n];
    const event = {
      ...{ user: users[n], item: items[n] },
      ...(rating === undefined ? {} : { rating }),
      ...(time === undefined ? {} : { time }),
    };
    const several = severalForms(interactions, event, n, sides, matching);
    const found = rowsOfEvent(interactions, event, n, sides);
    if (several) findings.ambiguous.push(several);
    else if ("length" in found) for (const row of found) rows.add(row);
    else {
      findings.unknown.interactions.push(event);
      findings.missing.push(found);
    }
  }
  return rows;
}

function nameOf({ user, item }: UnknownEvent, n: number): string {
  return `pair ${n + 1} of the request: user ${JSON.stringify(user)} and item ${JSON.stringify(item)}`;
}

/** The rows of one event, or why there are none. */
function rowsOfEvent(
  interactions: Interactions,
  event: UnknownEvent,
  n: number,
  [userSide, itemSide]: readonly [Side, Side],
): readonly number[] | Fault {
  const [users, items] = [userSide.meant(event.user), itemSide.meant(event.item)];
  if (!("length" in users)) return users;
  if (!("length" in items)) return items;
  const pair = pairRows(interactions, users, items);
  if (pair.length === 0) return noPair(event, n);
  const rows = pair.filter((row) => agrees(interactions, row, event));
  return rows.length === 0 ? otherEvent(event, n, interactions, pair) : rows;
}

/** What else the ids of an event could mean, where that is not said. An unknown id is the error itself, unless it may be passed over. */
function severalForms(
  interactions: Interactions,
  { user, item }: UnknownEvent,
  n: number,
  [userSide, itemSide]: readonly [Side, Side],
  { exactly, allForms, ignoreUnknown, idempotent }: Matching,
): Fault | undefined {
  if (exactly || allForms) return undefined;
  const [users, items] = [userSide.meant(user), itemSide.meant(item)];
  const known = "length" in users && "length" in items;
  if (!known && !ignoreUnknown && !idempotent) return undefined;
  const own = known ? pairRows(interactions, users, items).length : 0;
  const around = pairRows(interactions, userSide.forms(user), itemSide.forms(item)).length - own;
  if (around === 0) return undefined;
  return ambiguous(nameOf({ user, item }, n), [`${interactionCount(around)} of ids that look alike`], own === 0);
}

function pairRows({ byUser, items }: Interactions, users: readonly number[], wanted: readonly number[]): number[] {
  return users.flatMap((user) =>
    Array.from(byUser.rows.subarray(byUser.start[user], byUser.start[user + 1])).filter((row) =>
      wanted.includes(items[row]),
    ),
  );
}

function agrees({ ratings, times }: Interactions, row: number, { rating, time }: UnknownEvent): boolean {
  if (rating !== undefined && ratings[row] !== rating) return false;
  return time === undefined || times === undefined || times[row] === time;
}

function noPair({ user, item }: UnknownEvent, n: number): Fault {
  const name = `pair ${n + 1} of the request: user ${JSON.stringify(user)}`;
  const message = `${name} has no rating of item ${JSON.stringify(item)} in this model`;
  const error = new LetheError("unknown-id", message, "it was never seen, or is already forgotten");
  return { name: nameOf({ user, item }, n), error };
}

function otherEvent(event: UnknownEvent, n: number, { ratings, times }: Interactions, rows: readonly number[]): Fault {
  const there = rows.map((row) => `${ratings[row]}${times ? ` at ${times[row]}` : ""}`).join(", ");
  const name = nameOf(event, n);
  const error = new LetheError(
    "unknown-id",
    `${name}: the model has this pair with the rating ${there}, and not with that of the request`,
    "without rating and time all rows of the pair go",
  );
  return { name: `${name} (it has the rating ${there})`, error };
}
