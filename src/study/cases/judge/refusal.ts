/** Why a method or a judge takes no part. */

import { LetheError } from "../../../errors.ts";

/** Why something could not be done, in words; what is no refusal is thrown on. */
export function refusalOf(error: unknown): string {
  // Names and settings were checked before: bad input is then about players that a method does not value, or measures.
  if (error instanceof LetheError && (error.code === "unsupported" || error.code === "bad-input")) return error.message;
  throw error;
}
