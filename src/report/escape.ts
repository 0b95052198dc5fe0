/** Text from outside in HTML and SVG. */

import { clean } from "./values.ts";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** The text as HTML and XML write it, within an element or a quoted attribute; nothing in it is markup. */
export function escaped(text: string): string {
  return clean(text).replace(/[&<>"']/g, (character) => entities[character]);
}
