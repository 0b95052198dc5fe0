/** Text laid out for a terminal: its width in columns, cut, padded and wrapped. */

import { withoutCommands } from "../printable.ts";
import { withoutStyle } from "./style.ts";

const graphemes = new Intl.Segmenter();
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/** How many columns a terminal shows a text in. */
export function widthOf(dressed: string): number {
  const text = withoutStyle(dressed);
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}

/** The text in at most `width` columns, with … where it was cut; what would turn a line around or break it is left out. */
export function cut(text: string, width: number): string {
  const shown = withoutCommands(text);
  if (widthOf(shown) <= width) return shown;
  let out = "";
  let used = 1;
  for (const { segment } of graphemes.segment(shown)) {
    used += widthOf(segment);
    if (used > width) break;
    out += segment;
  }
  return `${out}…`;
}

/** The text with spaces after it (before it, for numbers) up to `width` columns. */
export function padded(text: string, width: number, side: "left" | "right" = "left"): string {
  const spaces = " ".repeat(Math.max(0, width - widthOf(text)));
  return side === "left" ? text + spaces : spaces + text;
}

/** Lines of at most `width` columns, broken between parts; a part is broken only by the terminal. */
export function flow(parts: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length > 0 ? lines[lines.length - 1] + separator + part : part;
    if (lines.length > 0 && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

/** Lines of at most `width` columns, broken between words. */
export function wrap(text: string, width: number): string[] {
  return flow(text.split(" "), " ", width);
}

/** Lines with a margin of spaces. */
export function indent(lines: readonly string[], margin: number): string[] {
  return lines.map((line) => (line === "" ? "" : " ".repeat(margin) + line));
}

/** Lines of at most `width` columns, broken between words, and within a word that is longer than a line. */
export function folded(text: string, width: number): string[] {
  return wrap(
    text
      .split(" ")
      .flatMap((word) => pieces(word, width))
      .join(" "),
    width,
  );
}

/** A word in pieces of at most `width` columns; a character that is wider stays whole. */
function pieces(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const out: string[] = [];
  let piece = "";
  for (const { segment } of graphemes.segment(word)) {
    if (piece !== "" && widthOf(piece + segment) > width) {
      out.push(piece);
      piece = "";
    }
    piece += segment;
  }
  return [...out, piece];
}
