/** Columns of text for a terminal, as reports draw them. */

export { type TableOptions, table } from "../report/text/columns.ts";
