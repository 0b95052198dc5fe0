/** The columns that a reader names, by their names or positions, found in the first row of a table. */

import { proposed } from "./column-defects.ts";
import { defect, quoted } from "./defects.ts";
import { bareName, type ColumnChoice, formatOf, listOrder, roleOf } from "./format.ts";
import type { Places } from "./layout.ts";
import { isNumberText } from "./signs.ts";
import type { FirstRow } from "./table.ts";

/** Where the chosen columns are; throws `bad-input` where one is not there, or stands for two things. */
export function choose(file: string, first: FirstRow, choice: ColumnChoice): Places {
  const header = hasHeader(file, first, choice);
  const [user, item, rating, time] = listOrder.map((role) => {
    const column = choice[role];
    return column === undefined ? -1 : chosen(file, first, header, role, column);
  });
  const used = [user, item, rating, time].filter((at) => at >= 0);
  if (new Set(used).size !== used.length)
    throw defect(file, first.place, "one column chosen for two things", "a column for each", "check `columns`");
  return { header, guessed: false, user, item, rating, time };
}

/** With names there must be a header. With positions, a first row is a header only if it says so: none is skipped silently. */
function hasHeader(file: string, first: FirstRow, choice: ColumnChoice): boolean {
  if (listOrder.some((role) => typeof choice[role] === "string")) return true;
  const field = (column: string | number | undefined) => first.fields[Number(column)] ?? "";
  if (choice.rating === undefined)
    return roleOf(field(choice.user)) === "user" && roleOf(field(choice.item)) === "item";
  if (isNumberText(field(choice.rating), first.separator)) return false;
  if (roleOf(field(choice.rating)) === "rating" || formatOf(first.separator, first.fields) === "inter") return true;
  if (Number(choice.rating) >= first.fields.length) return false;
  throw defect(
    file,
    first.place,
    `${quoted(field(choice.rating))} in the rating column`,
    "a number",
    "if this line is a header, choose the columns by its names",
  );
}

function chosen(file: string, first: FirstRow, header: boolean, role: string, column: string | number): number {
  const { fields } = first;
  if (typeof column === "number") {
    if (Number.isInteger(column) && column >= 0 && column < fields.length) return column;
    throw defect(file, first.place, `${fields.length} columns`, `a column ${column} (counted from 0) for the ${role}`);
  }
  const found = fields.flatMap((field, k) => (field === column || bareName(field) === column ? [k] : []));
  if (found.length === 1) return found[0];
  const advice =
    header && fields.some((field) => isNumberText(field, first.separator))
      ? `without a header, choose by position: ${proposed(first, false)}`
      : undefined;
  const expected = `${found.length > 1 ? "only one" : "a"} column named ${quoted(column)} for the ${role}`;
  throw defect(
    file,
    first.place,
    `columns ${fields.map((field) => quoted(bareName(field))).join(", ")}`,
    expected,
    advice,
  );
}
