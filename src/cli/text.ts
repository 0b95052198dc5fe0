/** Text laid out for a terminal, as reports lay it out, and how many columns the command line has for it. */

export { cut, flow, indent, padded, widthOf, wrap } from "../report/text/layout.ts";

/** Columns that lines are laid out for. */
export const lineWidth = 80;
