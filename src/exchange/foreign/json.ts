/** JSON from files that cannot be trusted. */

import type { ForeignFactors } from "./factors.ts";
import { refused } from "./refusal.ts";
import { withSource } from "./source.ts";

/** Whether a value from JSON is an object of named values. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value from JSON is one that a model can state: a finite number, a text or a boolean. */
export function isStated(value: unknown): value is ForeignFactors["stated"][string] {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

/** The text of a file of at most 1 MiB; throws `bad-input` when it is longer or not there. */
export async function shortText(path: string): Promise<string> {
  return withSource(path, async ({ size, bytes }) => {
    if (size > 2 ** 20) throw refused(path, `${size} bytes are too many for what belongs here`);
    return Buffer.from(await bytes(0, size)).toString("utf8");
  });
}

/** The object that a text is in JSON; throws `bad-input` when it is none. */
export function parsedRecord(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {}
  throw refused(path, "this is not a JSON object");
}
