/** How much is held out of training to measure the error on, or kept: a share, or a number. */

import type { HoldoutSize } from "../../data/splitting.ts";
import { LetheError } from "../../errors.ts";

/** Reads `10%`, 0.1 or a number of rows; throws `bad-input` on anything else. */
export function holdoutOf(asked: string | number | undefined, field = "holdout"): HoldoutSize | undefined {
  if (asked === undefined) return undefined;
  const [, number, percent] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*$/.exec(String(asked)) ?? [];
  const value = Number(number) / (percent ? 100 : 1);
  if (value > 0 && value < 1) return { fraction: value };
  if (!percent && Number.isSafeInteger(value) && value > 0) return { count: value };
  throw new LetheError(
    "bad-input",
    `\`${field}\`: found ${JSON.stringify(asked)}, expected a share or a number of interactions`,
    "such as 10%, 0.1 or 500",
    field,
  );
}
