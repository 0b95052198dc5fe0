/** Reads lists of negative items to rank a test item among, in the form of Neural Collaborative Filtering. */

import { LetheError } from "../../errors.ts";
import type { Ids } from "../dataset.ts";
import { blocksOf } from "./bytes.ts";
import { defect, fieldCount, quoted } from "./defects.ts";
import { faultOfId, idDefect } from "./ids.ts";
import { atMost, refuseMore } from "./limits.ts";
import { textOf } from "./records.ts";
import { scanTable } from "./table.ts";

/** Outside ids, line by line: a user, an item that the user has, and items to rank it among. */
export interface Negatives {
  readonly users: string[];
  readonly items: string[];
  readonly negatives: string[][];
}

/** The most negatives of all lines together. */
const mostNegatives = 2 ** 25;

/**
 * Reads lines of `(user,item)` and then, after tabs, one negative item or more. Nothing is left out, not even the
 * item of a line among its own negatives: `sampledRanking` does that and counts them. Throws `bad-input`, naming file
 * and line, on a line of another form and on an empty file.
 */
export async function readNegatives(file: string): Promise<Negatives> {
  const read: Negatives = { users: [], items: [], negatives: [] };
  const known = new Map<string, string>();
  let count = 0;
  await scanTable(
    file,
    atMost(file, blocksOf(file)),
    { rows: "lines of (user,item) and negatives", separator: "\t" },
    () => ({
      header: false,
      row: (fields, bytes, line) => {
        const [user, item] = pairOf(file, textOf(fields, bytes, 0), line);
        if (fields.count < 2) throw defect(file, line, fieldCount(1), "(user,item), a tab and a negative, or more");
        refuseMore(file, line, read.users.length);
        count += fields.count - 1;
        refuseMore(file, line, count - 1, "negatives", mostNegatives);
        read.users.push(user);
        read.items.push(item);
        const negatives: string[] = [];
        for (let k = 1; k < fields.count; k++) negatives.push(checked(file, textOf(fields, bytes, k), line, known));
        read.negatives.push(negatives);
      },
    }),
  );
  return read;
}

function pairOf(file: string, text: string, line: number): readonly [string, string] {
  const found = /^\(([^,]*),([^,]*)\)$/.exec(text);
  if (found === null) throw defect(file, line, quoted(text), "(user,item) as the first field");
  const [user, item] = [found[1].trim(), found[2].trim()];
  if (faultOfId(user) !== undefined) throw idDefect(file, "user", user, line);
  if (faultOfId(item) !== undefined) throw idDefect(file, "item", item, line);
  return [user, item];
}

/** An item's id, as one string however often it occurs. */
function checked(file: string, id: string, line: number, known: Map<string, string>): string {
  const before = known.get(id);
  if (before !== undefined) return before;
  if (faultOfId(id) !== undefined) throw idDefect(file, "item", id, line);
  refuseMore(file, line, known.size, "different negatives");
  known.set(id, id);
  return id;
}

/** Test pairs and their negatives by index; −1 stands for an id that is unknown. */
export interface IndexedNegatives {
  readonly users: Int32Array;
  readonly items: Int32Array;
  readonly negatives: readonly Int32Array[];
}

/** The indices of outside ids; throws `bad-input` when the lists differ in length. */
export function indexNegatives(
  { users, items, negatives }: Negatives,
  userIds: Pick<Ids, "find">,
  itemIds: Pick<Ids, "find">,
): IndexedNegatives {
  if (items.length !== users.length || negatives.length !== users.length)
    throw new LetheError("bad-input", `${users.length} users, ${items.length} items, ${negatives.length} lists`);
  const indices = (ids: readonly string[], known: Pick<Ids, "find">) =>
    Int32Array.from(ids, (id) => known.find(id) ?? -1);
  return {
    users: indices(users, userIds),
    items: indices(items, itemIds),
    negatives: negatives.map((list) => indices(list, itemIds)),
  };
}
