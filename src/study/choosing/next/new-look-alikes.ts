/** New ids that look like others: perhaps somebody who is there under another form. */

import type { Ids } from "../../../data/dataset.ts";
import { formOf, formsOf } from "../../../data/likeness.ts";
import { type Moved, newcomer } from "../../../training/moved.ts";

const shown = 3;

/** What is to be said of them; nothing where there are none. */
export function newLookAlikes(what: "user" | "item", { list }: Ids, { old }: Moved): string[] {
  const fresh = list.filter((_, k) => old[k] === newcomer);
  if (fresh.length === 0) return [];
  const forms = formsOf(list);
  const alike = [...new Set(fresh.map(formOf))].map((form) => forms.get(form) ?? []).filter(({ length }) => length > 1);
  if (alike.length === 0) return [];
  const named = alike.slice(0, shown).map((group) => group.map((k) => JSON.stringify(list[k])).join(" and "));
  const more = alike.length > shown ? `, and ${alike.length - shown} more` : "";
  const kind = what === "user" ? "a person" : "an item";
  return [
    `new ${what} ids look like others (${named.join("; ")}${more}): each counts as ${kind} of its own; write one id in one way`,
  ];
}
