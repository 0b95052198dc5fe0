/** What a schema finds wrong is told in words that no file or request has to be read with a programmer for. */

import { expect, test } from "vitest";
import { z } from "zod";
import { firstFault } from "../../src/exchange/files/complaint.ts";

const schema = z.object({ training: z.object({ tolerance: z.number() }), name: z.string() });

test.each([
  [
    { training: {}, name: "a" },
    { place: "training.tolerance", fault: "expected number, found nothing" },
  ],
  [
    { training: { tolerance: "a" }, name: "a" },
    { place: "training.tolerance", fault: "expected number, found string" },
  ],
  [null, { place: "", fault: "expected object, found null" }],
])("%j", (given, told) => {
  const checked = schema.safeParse(given);
  if (checked.success) throw new Error("nothing is wrong with it");
  expect(firstFault(checked.error)).toEqual(told);
});
