/** What is wrong with a rating that could be read in two ways, or in none, and how to change the file. */

import type { LetheError } from "../../errors.ts";
import { type Part, placeOf, ratingDefect } from "./collecting.ts";
import { defect, quoted } from "./defects.ts";
import { hasThousands, type SignAt, type Signs } from "./signs.ts";

/** What is wrong with a text that is no rating, or none that can be used. */
export function numberDefect(part: Part, signs: Signs, rating: number, text: string, line: number): LetheError {
  const { sign, clear, grouped, watched } = signs;
  const other = clear ?? grouped;
  if (Number.isNaN(rating) && hasThousands(text)) return thousands(part, text, line);
  const mixed = watched && other !== undefined && /^[+-]?\d+[.,]\d+$/.test(text);
  if (mixed)
    return defect(
      part.file,
      placeOf(part, line),
      quoted(text),
      `a decimal ${sign === 0x2c ? "comma" : "point"}, as in ${quoted(other.text)} of line ${other.line}`,
      "write all ratings with one decimal sign",
    );
  const advice =
    sign !== 0x2c && /^[+-]?\d+,\d+$/.test(text) ? "if it has a decimal comma, give `decimal` comma" : undefined;
  return ratingDefect(part, rating, text, line, advice);
}

function thousands(part: Part, text: string, line: number): LetheError {
  return defect(
    part.file,
    placeOf(part, line),
    `${quoted(text)}, a number with a thousands separator`,
    "a rating without one",
    text.includes(",") && !text.includes(".")
      ? `remove it: ${withoutCommas(part)}; if it has a decimal comma, give \`decimal\` comma`
      : "save the column without thousands separators",
  );
}

/** Beside commas numbers with commas stand in quotes; beside other separators no comma is needed. */
function withoutCommas({ file, separator }: Part): string {
  const script = separator === "," ? `:a;s/"([0-9]+),([0-9,]+)"/"\\1\\2"/;ta` : "s/,//g";
  return `sed -E '${script}' ${file} > plain.csv`;
}

/** The error for a file whose numbers could all be a thousand times larger. */
export function undecidedDefect(part: Part, { text, line }: SignAt): LetheError {
  const [sign, name] = text.includes(",") ? [",", "comma"] : [".", "point"];
  return defect(
    part.file,
    placeOf(part, line),
    `${quoted(text)}, which can be ${Number(text.replace(sign, ""))} or ${Number(text.replace(sign, "."))}`,
    `other numbers that tell whether the ${name} is a decimal sign`,
    `if it is, give \`decimal\` ${name}; if it separates thousands, remove it: sed 's/[${sign}]//g' ${part.file} > plain.csv`,
  );
}
