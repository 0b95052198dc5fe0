/** What a request did, in one plain sentence. */

import type { ForgetRequest } from "../choosing/requested-rows.ts";
import { dateText } from "../choosing/rows-before.ts";
import type { Unknown } from "../choosing/unknown.ts";
import { assuranceSentence, type Claim } from "./plain-words.ts";

/** What is told of. */
export interface Told {
  readonly request: ForgetRequest;
  readonly unknown: Unknown;
  /** Interactions that go. */
  readonly rows: number;
  /** Items of the request that others' data refer to, so that the model keeps their rows. */
  readonly kept?: readonly string[] | undefined;
}

/** "User 42 is gone. This is the model that training without them gives: proved." */
export function forgottenSentence(told: Told, claim: Claim): string {
  return told.rows === 0 ? nothingSentence(told.unknown) : `${subjectOf(told)} gone. ${assuranceSentence(claim)}`;
}

/** The same of what was only asked about. */
export function previewSentence(told: Told): string {
  if (told.rows === 0) return nothingSentence(told.unknown, "Nothing would be forgotten");
  return `${subjectOf(told, "would be")} gone; nothing was written.`;
}

function nothingSentence({ users, items, interactions }: Unknown, head = "Nothing was forgotten"): string {
  const count = users.length + items.length + interactions.length;
  if (count === 0) return `${head}: there was nothing to forget.`;
  return `${head}: ${count === 1 ? "what was named is" : `all ${count} that were named are`} not in this model; already forgotten, or never seen: a model that could tell which would still hold them.`;
}

/** "User 42 is", "2 users and 3 interactions are"; with another verb where one is given. */
function subjectOf({ request, unknown, rows, kept = [] }: Told, verb?: string): string {
  const { users = [], items = [], interactions, before } = request;
  if (before !== undefined)
    return `${counted(rows, "interaction")} from before ${dateText(before)} ${verb ?? isOrAre(rows)}`;
  const left = (ids: readonly string[], absent: readonly string[]) => {
    const out = new Set(absent);
    return [...new Set(ids)].filter((id) => !out.has(id));
  };
  const [gone, items_] = [left(users, unknown.users), left(items, unknown.items)];
  const events = (interactions?.users.length ?? 0) - unknown.interactions.length;
  const [whole, emptied] = [items_.filter((id) => !kept.includes(id)), items_.filter((id) => kept.includes(id))];
  const parts = [named("user", gone), named("item", whole)];
  if (emptied.length > 0) parts.push(`all that was known of ${named("item", emptied)}`);
  if (events > 0)
    parts.push(gone.length + items_.length === 0 ? counted(rows, "interaction") : counted(events, "event"));
  const text = joined(parts.filter((part) => part !== ""));
  const count = gone.length + whole.length + emptied.length + (events > 0 ? rows : 0);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)} ${verb ?? isOrAre(count)}`;
}

// More names are no sentence.
const mostNamed = 3;

function named(what: string, ids: readonly string[]): string {
  if (ids.length === 0) return "";
  if (ids.length > mostNamed) return counted(ids.length, what);
  return `${what}${ids.length === 1 ? "" : "s"} ${joined(ids)}`;
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

const isOrAre = (count: number) => (count === 1 ? "is" : "are");
