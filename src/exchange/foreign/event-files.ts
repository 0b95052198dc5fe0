/** Interactions and lists of ids as new text files, for commands and other programs to read. */

import { setImmediate as turn } from "node:timers/promises";
import type { Dataset } from "../../data/dataset.ts";
import type { Interactions, Rows } from "../../data/interactions.ts";
import { headerColumns } from "../../data/reading/id-columns.ts";
import type { Fingerprint } from "../files/replace.ts";
import { cellOf, decimal, refuseSpaces } from "./csv-cells.ts";
import { refused } from "./refusal.ts";
import { checkPlace, type PlaceOptions, replaceFile, type Sink } from "./sink.ts";

const linesPerPiece = 4096;

/** Throws `bad-input` where a new file could not be put; to be asked before long work. */
export async function checkNewFile(path: string): Promise<void> {
  refuseOld(path, await checkPlace(path));
}

/** What is written of interactions. */
export interface EventTable extends Pick<Dataset, "userIds" | "itemIds"> {
  readonly interactions: Interactions;
  /** Default: all. */
  readonly rows?: Rows | undefined;
  /** Also the time, where there are any. */
  readonly times?: boolean | undefined;
}

/**
 * Writes interactions as CSV with the header user,item,rating[,time], one a line in the order of the rows; numbers read back as they were.
 * Throws `bad-input` where something is at the path, and for ids that text would change. Returns the paths of what could not be removed.
 */
export function writeEvents(path: string, table: EventTable, options: PlaceOptions = {}): Promise<string[]> {
  const { interactions, userIds, itemIds, rows } = table;
  const { users, items, ratings, size } = interactions;
  const times = table.times === true ? interactions.times : undefined;
  const line = (k: number) => {
    const row = rows ? rows[k] : k;
    const event = [cellOf(userIds.list[users[row]]), cellOf(itemIds.list[items[row]]), decimal(ratings[row])];
    return (times ? [...event, decimal(times[row])] : event).join(",");
  };
  const header = times ? "user,item,rating,time" : "user,item,rating";
  return writeLines(path, header, rows?.length ?? size, line, [userIds.list, itemIds.list], options);
}

/** Writes ids, one a line, for `@FILE`; under a header where the first could be taken for one. Throws and returns as `writeEvents` does. */
export function writeIdList(path: string, ids: readonly string[], options: PlaceOptions = {}): Promise<string[]> {
  const header = headerColumns(ids.slice(0, 1), undefined) ? "id" : undefined;
  return writeLines(path, header, ids.length, (k) => cellOf(ids[k]), [ids], options);
}

async function writeLines(
  path: string,
  header: string | undefined,
  count: number,
  line: (k: number) => string,
  ids: readonly (readonly string[])[],
  options: PlaceOptions,
): Promise<string[]> {
  for (const side of ids) refuseSpaces(side, path, "rename them in the data");
  await checkNewFile(path);
  const write = async (sink: Sink) => {
    let lines = header === undefined ? [] : [header];
    for (let k = 0; k < count; k++) {
      lines.push(line(k));
      if (lines.length < linesPerPiece && k + 1 < count) continue;
      await sink.write(Buffer.from(`${lines.join("\n")}\n`));
      await turn();
      lines = [];
    }
  };
  return replaceFile(path, write, async () => false, { ...options, expected: null });
}

function refuseOld(path: string, found: Fingerprint): void {
  if (found !== null)
    throw refused(path, "something is there: it is left as it is", "name a file that is not there yet");
}
