/** How much may be spent: a time, or a number of trainings. */

import { LetheError } from "../../errors.ts";

/** One of the two. */
export interface Budget {
  readonly seconds?: number | undefined;
  readonly trainings?: number | undefined;
}

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads `90s`, `10m`, `2h`, `1d`, or a number of trainings; throws `bad-input` on anything else. */
export function budgetOf(text: string | undefined): Budget {
  if (text === undefined) return {};
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smhd])?$/.exec(text.trim()) ?? [];
  const value = Number(number);
  if (unit !== undefined && value > 0) return { seconds: value * seconds[unit] };
  if (unit === undefined && Number.isSafeInteger(value) && value > 0) return { trainings: value };
  throw new LetheError(
    "bad-input",
    `\`budget\`: found ${JSON.stringify(text)}, expected a time or a number of trainings`,
    "such as 90s, 10m, 2h or 500",
    "budget",
  );
}
