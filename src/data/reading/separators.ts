/** Which separator cuts the rows of a table into fields: the one that its first rows agree on, or the reader's own. */

import { LetheError } from "../../errors.ts";
import { defect, quoted } from "./defects.ts";
import { type Fields, fieldsFor, type Separator, scanRow, textsOf } from "./records.ts";

/** The start of a table: bytes from `at` to `end` are whole lines. */
export interface TableStart {
  readonly bytes: Buffer;
  readonly at: number;
  readonly end: number;
}

/** In the order in which they are tried. */
const known: Readonly<Record<string, string>> = {
  ...{ "\t": "tabs", "::": "::", ",": "commas" },
  ...{ ";": "semicolons", "|": "pipes", " ": "blanks" },
};

const words: Readonly<Record<string, Separator>> = {
  ...{ tab: "\t", "\\t": "\t", comma: ",", semicolon: ";", pipe: "|", space: " ", blank: " ", "::": "::" },
};

const byEnding: Readonly<Record<string, Separator>> = {
  ...{ csv: ",", tsv: "\t", inter: "\t", item: "\t", dat: "::", psv: "|" },
};

const sampled = 50;
const decimalComma = /^[+-]?\d+,\d+(e[+-]?\d+)?$/i;

/** The separator that a reader names: a character, or a word for it; throws `bad-input` for what can be no separator. */
export function separatorNamed(text: string): Separator {
  const word = Object.hasOwn(words, text.toLowerCase()) ? words[text.toLowerCase()] : text;
  if (word === "::" || /^[^A-Za-z0-9"'._+\-\r\n\0\x80-\uffff]$/.test(word)) return word;
  throw new LetheError(
    "bad-input",
    `\`separator\`: found ${quoted(text)}, expected one character that is no letter, digit, quote, point or sign`,
    "or a word for it: comma, semicolon, tab, pipe, space; or ::",
    "separator",
  );
}

/** What a separator is called in messages. */
export function separatorText(separator: Separator): string {
  return Object.hasOwn(known, separator) ? known[separator] : quoted(separator);
}

/** How a separator cuts the first rows. */
interface Cut {
  readonly separator: Separator;
  /** Fields of the first row. */
  readonly count: number;
  /** Whether all first rows have as many. */
  readonly even: boolean;
  readonly rows: readonly (readonly string[])[];
}

/**
 * The first separator, that of the name's ending before tab, `::`, comma, `;`, `|` and blanks, that cuts the first rows evenly and into `least`
 * fields or more. A comma that only stands in numbers is a decimal sign where another separator cuts. Throws `bad-input` where none does.
 */
export function separatorOf(file: string, start: TableStart, least: number): Separator {
  const cuts = cutsOf(file, start);
  const even = cuts.filter((cut) => cut.even);
  const best = even.find(({ count }) => count >= least) ?? even[0];
  // A row that is too long or too short is told as such, instead of cutting all rows at another character.
  const most = best === undefined || best.separator === " " ? 1 : best.count;
  const ragged = cuts.find((cut) => !cut.even && cut.separator !== " " && cut.count > most);
  const found = ragged ?? best ?? cuts[0];
  if (found !== undefined) return found.separator;
  const line = lineOf(start);
  // Where a quote is open, the row says so.
  const within = inOrder(file).find((separator) => line.trim().includes(separator));
  if (within !== undefined) return within;
  const expected = "fields separated by commas, tabs, ::, semicolons, pipes or blanks";
  throw defect(file, 1, quoted(line), expected, "give another `separator`, such as ^");
}

/** The reader's separator; throws `bad-input`, naming those that the first row has, where it does not have this one. */
export function chosenSeparator(file: string, start: TableStart, separator: Separator): Separator {
  if (cutOf(start, separator).count > 1) return separator;
  const there = cutsOf(file, start).map((cut) => separatorText(cut.separator));
  throw defect(
    file,
    1,
    `no ${quoted(separator)} in ${quoted(lineOf(start))}`,
    `fields separated by ${separatorText(separator)}`,
    there.length === 0 ? undefined : `it has ${there.join(" and ")}: leave \`separator\` out, or give what separates`,
  );
}

/** Fields for the rows of a table: quotes count beside commas and other signs, beside tabs and blanks where all of the first row is quoted. */
export function fieldsOf(start: TableStart, separator: Separator): Fields {
  if (separator === "::" || separator === "\n") return fieldsFor(separator, false);
  const fields = fieldsFor(separator, true);
  if (separator !== "\t" && separator !== " ") return fields;
  const read = scanRow(fields, start.bytes, start.at, start.end) >= 0 && fields.count > 1;
  const isQuoted = read && fields.starts.subarray(0, fields.count).every((from) => start.bytes[from - 1] === 0x22);
  return fieldsFor(separator, isQuoted);
}

/** The first rows, cut; those after a defect are left out. */
export function firstRows(start: TableStart, fields: Fields): string[][] {
  const rows: string[][] = [];
  for (let { at } = start; at < start.end && rows.length < sampled; ) {
    at = scanRow(fields, start.bytes, at, start.end);
    if (at < 0 || (fields.count === 1 && fields.starts[0] === fields.ends[0])) break;
    rows.push(textsOf(fields, start.bytes));
  }
  return rows;
}

/** Separators that cut the first row, in order, without a comma that is a decimal sign. */
function cutsOf(file: string, start: TableStart): Cut[] {
  const cuts = inOrder(file)
    .map((separator) => cutOf(start, separator))
    .filter(({ count }) => count > 1);
  const isDecimal = cuts.some((cut) => cut.separator !== "," && hasDecimalCommas(cut));
  return isDecimal ? cuts.filter(({ separator }) => separator !== ",") : cuts;
}

function inOrder(file: string): readonly Separator[] {
  const ending = /\.([a-z]+)(\.gz)?$/i.exec(file)?.[1].toLowerCase() ?? "";
  return [...new Set([...(Object.hasOwn(byEnding, ending) ? [byEnding[ending]] : []), ...Object.keys(known)])];
}

function cutOf(start: TableStart, separator: Separator): Cut {
  const rows = firstRows(start, fieldsOf(start, separator));
  const count = rows[0]?.length ?? 0;
  return { separator, count, even: rows.every((row) => row.length === count), rows };
}

/** Whether all commas of evenly cut rows stand in numbers. */
function hasDecimalCommas({ separator, rows, even, count }: Cut): boolean {
  const withCommas = rows.flat().filter((field) => field.includes(","));
  return (
    even &&
    count > (separator === " " ? 2 : 1) &&
    withCommas.length > 0 &&
    withCommas.every((field) => decimalComma.test(field))
  );
}

/** The first line as it stands in the file. */
export function lineOf({ bytes, at, end }: TableStart): string {
  const lineEnd = bytes.indexOf(0x0a, at);
  return bytes.toString("utf8", at, lineEnd < 0 ? end : lineEnd).replace(/\r$/, "");
}
