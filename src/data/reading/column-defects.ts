/** What is wrong with the columns of a table, and the list of columns to give for it. */

import type { LetheError } from "../../errors.ts";
import { defect, quoted } from "./defects.ts";
import { positionsOf } from "./format.ts";
import type { LayoutWishes } from "./layout.ts";
import { proposal } from "./proposal.ts";
import { isNumberText } from "./signs.ts";
import type { FirstRow } from "./table.ts";

type Needed = "user" | "item" | "rating";

/** The list to give for this first row, or what to do where it has too few columns for one. */
export function proposed(first: FirstRow, header: boolean): string {
  return proposal(first, header) ?? "the file has too few columns; add those of users and items";
}

/** The error for a header that lacks columns. */
export function missing(file: string, first: FirstRow, lacking: readonly Needed[], wishes: LayoutWishes): LetheError {
  const { place, line } = first;
  const advice = remedyOf(first, lacking, wishes) + listsHint(first);
  if (lacking.length < 3 || first.named)
    return defect(file, place, `no column for the ${lacking.join(" and the ")} in ${quoted(line)}`, "one", advice);
  const expected = "a header that names user, item and rating, or a first row with a number as its third field";
  return defect(file, place, quoted(line), expected, advice);
}

function remedyOf(first: FirstRow, lacking: readonly Needed[], { unrated }: LayoutWishes): string {
  const { fields, separator } = first;
  const isHeader = first.named || lacking.length < 3 || !fields.some((field) => isNumberText(field, separator));
  const list = proposed(first, isHeader);
  const without = unrated ?? "train a model that needs no ratings";
  const isRated = !lacking.includes("rating") || (list.split(",")[2] ?? "") !== "";
  if (!isRated) return `${without}; or take every rating as 1: ${list}`;
  return `say which is what: ${list}; or call the columns so in the header${lacking.join() === "rating" ? `; without ratings, ${without}` : ""}`;
}

/** The error for times where ratings are expected. */
export function timesForRatings(file: string, first: FirstRow, { unrated }: LayoutWishes): LetheError {
  return defect(
    file,
    first.place,
    `a time, ${quoted(first.fields[2])}, in the third column`,
    "a rating",
    `${unrated ?? "train a model that needs no ratings"}; or take every rating as 1: \`columns\` 0,1,,2; if these are ratings: \`columns\` 0,1,2`,
  );
}

/** The error for a first row without a header that has more fields than there are roles. */
export function tooManyFields(file: string, first: FirstRow): LetheError {
  return defect(
    file,
    first.place,
    `${first.fields.length} fields in ${quoted(first.line)}`,
    "3 or 4 fields",
    `without a header they are user,item,rating[,time]; say which is what: ${proposed(first, false)}${listsHint(first)}`,
  );
}

/** One list of columns for each column that could have the role. */
export function alternatives(first: FirstRow, role: Needed): string {
  const lists = positionsOf(first.fields, role).map((place) => proposal(first, true, { [role]: place }));
  return `say which one: ${lists.join(" or ")}`;
}

/** What stands between blanks need not be a table. */
export function listsHint({ separator }: Pick<FirstRow, "separator">): string {
  return separator === " " ? "; if each line is a user and then items of that user, give `format` lists" : "";
}
