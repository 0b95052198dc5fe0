/** How much a file may hold that is kept in memory as texts: what a command is asked about, not what it trains on. */

import { LetheError } from "../../errors.ts";
import { defect, type Place } from "./defects.ts";

/** The most bytes of text in such a file: 256 MiB. */
export const mostText = 2 ** 28;
/** The most rows of such a file, and the most different ids. */
export const mostRows = 2 ** 22;

const advice = "split the file, and ask about one part after the other";

/** Blocks of a file that must not have more than `most` bytes, decompressed; throws `bad-input` where it has. */
export async function* atMost(file: string, blocks: AsyncIterable<Buffer>, most = mostText): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const block of blocks) {
    bytes += block.length;
    if (bytes > most)
      throw new LetheError("bad-input", `${file}: found more than ${mebibytes(most)} of text, expected less`, advice);
    yield block;
  }
}

/** Throws `bad-input`, naming the line, where there are `count` rows (or different `what`) already and no room for one more. */
export function refuseMore(file: string, place: Place, count: number, what = "rows", most = mostRows): void {
  if (count >= most) throw defect(file, place, `more than ${most} ${what}`, `at most ${most}`, advice);
}

/** "256 MiB" */
export function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
