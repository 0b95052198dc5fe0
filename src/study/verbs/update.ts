/** The verb `update`: new, gone and changed interactions in one step, with one certificate. */

import { z } from "zod";
import { updateFolder } from "../cases/update.ts";
import { certifiedResult } from "./forget.ts";
import { aboveZero, erasure, events, path, readingOf, tableReading } from "./schemas.ts";
import { verb } from "./verb.ts";

const { interactions: gone, idempotent, ...erased } = erasure;

/** What `update` is asked. */
export const updateRequest = z.strictObject({
  folder: path.describe("the model folder to update"),
  out: path
    .describe("model folder to write; may be the same folder, replaced in one step")
    .meta({ heading: "What is updated" }),
  add: path.optional().describe("new interactions: a file such as training reads, of known and new users and items"),
  remove: gone,
  change: events
    .optional()
    .describe("user, item, rating: the new rating of an interaction that is there; a time may follow"),
  ...erased,
  idempotent: idempotent.describe(
    "for a request that may come twice: rows of `add` that are there already are not added again, and what is to go may be gone",
  ),
  ...tableReading,
  titles: path.optional().describe("titles and genres of new items"),
  duplicates: z
    .enum(["keep", "last", "sum", "error"])
    .optional()
    .describe("a new row of a known pair: each counts, the last, their sum, or refuse (default: as in training)"),
  tolerance: aboveZero.optional().describe("‖∇J‖ to reach; default the model's own").meta({ heading: "How" }),
  overwrite: z
    .boolean()
    .optional()
    .describe("replace another model at `out` even where it has forgotten what the folder still has"),
});

/** What `update` answers. */
export const updateResult = z.looseObject({
  method: z.enum(["exact", "retrain"]),
  added: z.int(),
  removed: z.int(),
  changed: z.int(),
  alreadyThere: z.int(),
  newUsers: z.int(),
  newItems: z.int(),
  goneUsers: z.int(),
  goneItems: z.int(),
  ...certifiedResult,
});

/** Puts a model on its next interactions, and certifies the result. */
export const update = verb({
  name: "update",
  summary: "add, remove and change interactions in one step, and certify the result",
  request: updateRequest,
  result: updateResult,
  async run(
    { folder, out, tolerance, overwrite, columns, format, separator, decimal, titles, duplicates, ...request },
    run,
  ) {
    const reading = { ...readingOf({ columns, format, separator, decimal, items: titles }), duplicates };
    const report = await updateFolder(folder, out, { ...request, reading }, { ...run, tolerance, overwrite });
    return {
      ...report,
      certificate: { ...report.certificate },
      caveats: [...report.caveats],
      unknown: structuredClone(report.unknown),
      warnings: [...report.warnings],
      out,
    };
  },
});
