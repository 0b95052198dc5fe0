/** Emphasis on a terminal: none elsewhere, none under NO_COLOR, and nothing that words or signs do not say as well. */

import { styleText } from "node:util";

/** What a reader should see first. */
export const strong = (text: string): string => styleText("bold", text);
/** What can be skipped. */
export const faint = (text: string): string => styleText("dim", text);
/** What supports, or went well. */
export const good = (text: string): string => styleText("green", text);
/** What speaks against, or failed. */
export const bad = (text: string): string => styleText("red", text);
