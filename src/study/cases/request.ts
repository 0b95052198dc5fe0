/** From a rule to an erasure request, and to the file that forgetting reads it from. */

import type { Interactions, Rows } from "../../data/interactions.ts";
import { checkNewFile, writeEvents, writeIdList } from "../../exchange/foreign/event-files.ts";
import { type GivenSettings, makeNamed } from "../../method/method.ts";
import { type RequestRule, requestRules } from "../../requests/index.ts";
import { runOf, type UseOptions } from "../run.ts";
import { leftoversOf } from "../store/leftovers.ts";
import type { NamedModel } from "../store/model.ts";

/** How much a request is. */
export interface RequestSize {
  /** Users with at least one interaction in it. */
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
}

/** What a rule chose. */
export interface RequestReport extends RequestSize {
  readonly rule: string;
  /** What it is made of: users or items with all that they have, or single interactions. */
  readonly of: RequestRule["of"];
  /** Its requests, which follow each other. */
  readonly requests: readonly RequestSize[];
  /** The file that it was written to: ids one a line, or interactions as CSV; null where none was named. */
  readonly out: string | null;
  /** Where the events mean more rows than the rule chose. */
  readonly warnings: readonly string[];
  readonly leftovers?: string[];
}

/** Which rule, with which settings, and where to. */
export interface RuleRequest {
  readonly rule: string;
  readonly settings?: GivenSettings | undefined;
  /** A new file. */
  readonly out?: string | undefined;
}

/** Asks a rule for what is to be forgotten of a model, and writes it where asked. Throws as the rule does, and `bad-input` where the file is there. */
export async function requestBy(
  named: NamedModel,
  { rule, settings, out }: RuleRequest,
  options: UseOptions = {},
): Promise<RequestReport> {
  const run = runOf(options);
  if (out !== undefined) await checkNewFile(out);
  const made = makeNamed(requestRules, rule, named.trained, settings);
  const requests = await made.choose(named, run);
  await run.yieldToEventLoop();
  const { interactions } = named.trained;
  const all = together(requests);
  const left = out === undefined ? [] : await written(named, made.of, requests, out, run.signal);
  const twins = made.of !== "interactions" ? 0 : twinsOf(interactions, all);
  return {
    ...{ rule, of: made.of },
    ...sizeOf(interactions, all),
    requests: requests.map((rows) => sizeOf(interactions, rows)),
    out: out ?? null,
    warnings: twins === 0 ? [] : [twinWarning(twins)],
    ...(out === undefined ? {} : await leftoversOf(out, left)),
  };
}

/** The rows of all requests, ascending. */
function together(requests: readonly Rows[]): Rows {
  if (requests.length === 1) return requests[0];
  return Uint32Array.from(requests.flatMap((rows) => Array.from(rows))).sort();
}

function sizeOf({ users, items }: Interactions, rows: Rows): RequestSize {
  return {
    users: new Set(rows.map((row) => users[row])).size,
    items: new Set(rows.map((row) => items[row])).size,
    interactions: rows.length,
  };
}

function written(
  { dataset, trained: { interactions } }: NamedModel,
  of: RequestRule["of"],
  requests: readonly Rows[],
  out: string,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  if (of === "interactions")
    return writeEvents(out, { ...dataset, interactions, rows: together(requests), times: true }, { signal });
  const [ids, side] = of === "users" ? [dataset.userIds, interactions.users] : [dataset.itemIds, interactions.items];
  const chosen = new Set(requests.flatMap((rows) => Array.from(rows, (row) => side[row])));
  return writeIdList(
    out,
    Array.from(chosen, (k) => ids.list[k]),
    { signal },
  );
}

/** Rows that are not chosen and cannot be told from one that is: the same user, item, rating and time. */
function twinsOf({ byUser, users, items, ratings, times }: Interactions, rows: Rows): number {
  const chosen = new Set(rows);
  const event = (row: number) => `${items[row]} ${ratings[row]} ${times?.[row]}`;
  let twins = 0;
  for (const user of new Set(rows.map((row) => users[row]))) {
    const own = byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]);
    const asked = new Set(
      Array.from(
        own.filter((row) => chosen.has(row)),
        event,
      ),
    );
    twins += own.filter((row) => !chosen.has(row) && asked.has(event(row))).length;
  }
  return twins;
}

function twinWarning(twins: number): string {
  return `${twins} more interaction${twins === 1 ? " is" : "s are"} the same as one that was chosen in user, item, rating and time: forgetting takes ${twins === 1 ? "it" : "them"}, too`;
}
