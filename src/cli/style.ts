/** Emphasis on a terminal, which reports use too. */

export { bad, dressed, faint, good, strong, withoutStyle } from "../report/text/style.ts";
