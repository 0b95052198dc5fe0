/** Emphasis on a terminal: none elsewhere, none under NO_COLOR, and nothing that words or signs do not say as well. */

import { styleText } from "node:util";

/** What a reader should see first. */
export const strong = (text: string): string => marked("bold", text);
/** What can be skipped. */
export const faint = (text: string): string => marked("dim", text);
/** What supports, or went well. */
export const good = (text: string): string => marked("green", text);
/** What speaks against, or failed. */
export const bad = (text: string): string => marked("red", text);

/** Half of a character: no text that comes in UTF-8 has it, so that nothing from outside can pass for our own style. */
const mark = "\udc1b";
const marks = new RegExp(`${mark}(\\[(?:1|2|22|31|32|39)m)`, "gu");
const esc = String.fromCharCode(27);

/** The text between marks, which `dressed` turns into the codes of a terminal. */
function marked(style: "bold" | "dim" | "green" | "red", text: string): string {
  const [before, after] = styleText(style, " ").replaceAll(esc, mark).split(" ");
  return before + text + after;
}

/** The text with the codes of a terminal in the place of marks. */
export function dressed(text: string): string {
  return text.replace(marks, `${esc}$1`);
}

/** The text without marks: what is seen of it. */
export function withoutStyle(text: string): string {
  return text.replace(marks, "");
}
