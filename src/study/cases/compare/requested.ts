/** What a comparison forgets: the interactions that a rule of the catalogue chooses, or those of named ids. */

import type { Rows } from "../../../data/interactions.ts";
import { LetheError } from "../../../errors.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import { checkedSettings, type GivenSettings, makeNamed, methodNamed } from "../../../method/method.ts";
import { requestRules } from "../../../requests/index.ts";
import { type ForgetRequest, type Requested, requestedRows } from "../../choosing/requested-rows.ts";
import type { NamedModel } from "../../store/model.ts";
import type { ComparedRequest } from "./comparison.ts";

/** The rows that are compared, ascending, and what is to be said of them. */
export type Chosen = Pick<Requested, "rows" | "warnings">;

/** A rule, or ids. */
export interface RuleOrIds extends ForgetRequest {
  /** Name of a rule; default `random`, unless ids are named. */
  readonly request?: string | undefined;
}

/** The rule that is asked for; undefined where ids are named. Throws `bad-input` where both are. */
export function ruleOf(wishes: RuleOrIds): string | undefined {
  const { request, users, items, interactions, before } = wishes;
  const named = Object.entries({ users, items, interactions, before }).find(([, ids]) => ids !== undefined)?.[0];
  if (named === undefined) return request ?? "random";
  if (request === undefined) return undefined;
  throw new LetheError(
    "bad-input",
    `\`request\` and \`${named}\` both say what is to be forgotten`,
    "leave one of them out",
    "request",
  );
}

/** The rows, ascending; throws `bad-input` where there are none. Requests that follow each other are forgotten as one. */
export async function rowsToForget(
  named: NamedModel,
  wishes: RuleOrIds,
  settings: GivenSettings,
  run: RunContext,
): Promise<Chosen> {
  const rule = ruleOf(wishes);
  const found = rule === undefined ? namedRows(named, wishes) : await chosenRows(named, rule, settings, run);
  if (found.rows.length === 0)
    throw new LetheError(
      "bad-input",
      "the request is for no interaction at all: there is nothing to forget, and nothing to compare",
      "name someone with `users`, something with `items` or `interactions`, or a rule with `request`",
    );
  return found;
}

function namedRows(named: NamedModel, wishes: ForgetRequest): Chosen {
  const { rows, unknown, warnings } = requestedRows(named, wishes);
  const count = unknown.users.length + unknown.items.length + unknown.interactions.length;
  return { rows, warnings: count === 0 ? warnings : [...warnings, `${count} unknown in the request: passed over`] };
}

async function chosenRows(named: NamedModel, rule: string, settings: GivenSettings, run: RunContext): Promise<Chosen> {
  const sets = await makeNamed(requestRules, rule, named.trained, settings).choose(named, run);
  return asOne(sets, rule);
}

/** Requests that follow each other as one, with a warning where there are several. */
export function asOne(sets: readonly Rows[], rule: string): Chosen {
  const rows = Uint32Array.from(new Set(sets.flatMap((set) => Array.from(set)))).sort();
  const warnings =
    sets.length > 1 ? [`the rule ${rule} chose ${sets.length} requests that follow each other: compared as one`] : [];
  return { rows, warnings };
}

/** What is told of the request. */
export function requestTold(
  { trained: { interactions } }: NamedModel,
  { rows }: Chosen,
  rule: string | undefined,
  given: GivenSettings,
): ComparedRequest {
  return {
    rule: rule ?? null,
    settings: rule === undefined ? {} : allSettings(rule, given),
    users: new Set(Array.from(rows, (row) => interactions.users[row])).size,
    interactions: rows.length,
  };
}

function allSettings(rule: string, given: GivenSettings): GivenSettings {
  const { entry, settings } = methodNamed(requestRules, rule);
  return checkedSettings(rule, entry.settings, { ...settings, ...given });
}
