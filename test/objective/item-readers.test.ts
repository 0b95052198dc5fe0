/** Which rows' terms read an item, against their examples. */

import { expect, test } from "vitest";
import { allRows } from "../support/small.ts";
import { objectiveOf } from "../support/subjects.ts";

test.each(["mf-squared", "mf-logistic", "mf-bpr", "light-gcn"] as const)(
  "rows read the items of their examples (%s)",
  (name) => {
    const objective = objectiveOf(name);
    const { interactions, itemReaders } = objective;
    const read = Array.from({ length: interactions.itemCount }, () => new Set<number>());
    for (const row of allRows(interactions)) {
      const { pairs } = objective.examplesOfRows(Uint32Array.of(row));
      for (const item of pairs.items) read[item].add(row);
      // A row whose negatives could not be drawn has no example, and is the reader of its own item alone.
      read[interactions.items[row]].add(row);
    }
    read.forEach((rows, item) => {
      const found = itemReaders.rows.subarray(itemReaders.start[item], itemReaders.start[item + 1]);
      expect(new Set(found)).toEqual(rows);
    });
  },
);
