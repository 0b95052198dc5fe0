/** What an outside id may be: 1 to 256 bytes of UTF-8 without control characters. */

import type { LetheError } from "../../errors.ts";
import { defect, type Place, quoted } from "./defects.ts";

/** The longest id, in bytes of UTF-8. */
export const longestId = 256;

/** What is wrong with an id as (found, expected), or undefined when nothing is. */
export function faultOfId(id: string): readonly [string, string] | undefined {
  const length = Buffer.byteLength(id);
  if (length === 0) return ["an empty id", "an id of 1 to 256 bytes"];
  if (length > longestId) return [`an id of ${length} bytes`, "an id of 1 to 256 bytes"];
  if (hasControl(id)) return ["an id with a control character", "printable text"];
  return undefined;
}

/** The error for an id in a file that `faultOfId` finds fault with. */
export function idDefect(file: string, role: "user" | "item" | undefined, id: string, place: Place): LetheError {
  const [found, expected] = faultOfId(id) ?? ["an unusable id", "an id"];
  const owner = role === undefined ? "" : ` of the ${role}`;
  return defect(file, place, `${found}${owner}${id === "" ? "" : `, ${quoted(id)}`}`, expected);
}

/** Whether a text has control characters (C0, DEL or C1). */
export function hasControl(text: string): boolean {
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  }
  return false;
}
