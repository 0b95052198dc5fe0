/** Pieces of schemas that several verbs share. */

import { z } from "zod";
import type { ReadingOptions } from "../../data/reading.ts";

/** A path of a file or folder. */
export const path = z.string().min(1);
/** A file for a report as one page. */
export const page = path
  .optional()
  .describe("a file for the report as one page; one that is there is replaced in one step");
/** A file for a table. */
export const table = path.optional().describe("a file for all rows, as CSV; one that is there is replaced in one step");
/** Names of a catalogue. */
export const names = z.array(z.string()).min(1).optional();
/** An outside id. */
export const id = z.string();
const paired = ({ users, items }: { readonly users: readonly string[]; readonly items: readonly string[] }) =>
  users.length === items.length;
const unpaired = "users and items are of different lengths";
/** Pairs of outside ids: as many items as users. */
export const pairs = z.strictObject({ users: z.array(id), items: z.array(id) }).refine(paired, unpaired);
/** Events: pairs, and what tells one row of a pair from another. */
export const events = z
  .strictObject({
    users: z.array(id),
    items: z.array(id),
    ratings: z.array(z.number()).optional(),
    times: z.array(z.number()).optional(),
  })
  .refine(paired, unpaired)
  .refine(
    ({ users, ratings = users, times = users }) => ratings.length === users.length && times.length === users.length,
    "ratings or times are fewer or more than the pairs",
  );
/** A word that was taken for the header of a list, or how to read its lines where they are no ids. */
const doubt = z.strictObject({ header: id.optional(), table: z.string().optional() }).optional();
/** What is to be forgotten, by outside ids. */
export const erasure = {
  users: z.array(id).optional().describe("outside ids of users").meta({ heading: "What is forgotten" }),
  items: z.array(id).optional().describe("outside ids of items"),
  interactions: events
    .optional()
    .describe("pairs of outside ids; with ratings or times, only the rows of the pair that have them"),
  exactly: z.boolean().optional().describe("take ids as they are written, where others look alike"),
  allForms: z.boolean().optional().describe("take all ids that look alike: 3, 3.0 and 0003, or Anna and anna"),
  lists: z
    .strictObject({ users: doubt, items: doubt })
    .optional()
    .describe("what was doubtful when lists of ids were read: it is held against the ids of the model"),
  before: z
    .number()
    .optional()
    .describe("of what is named, or of everything: only interactions from before this time, in seconds since 1970"),
  ignoreUnknown: z
    .boolean()
    .optional()
    .describe("go on without ids and pairs that the model does not have; the result names them"),
  idempotent: z
    .boolean()
    .optional()
    .describe("take a request of which the model has nothing (any more) as fulfilled, and change nothing"),
};
/** What a request names and the model does not have. */
export const unknown = z.strictObject({
  users: z.array(id),
  items: z.array(id),
  interactions: z.array(
    z.strictObject({ user: id, item: id, rating: z.number().optional(), time: z.number().optional() }),
  ),
});
/** Named groups of interactions, each by its pairs. */
export const groups = z
  .array(z.strictObject({ name: z.string().min(1), users: z.array(id), items: z.array(id) }).refine(paired, unpaired))
  .min(1);
/** Settings of a method, by name. */
export const settings = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));
/** A number that may be none. */
export const perhaps = z.number().nullable();
/** A number from 0. */
export const fromZero = z.number().min(0).max(1e12);
/** A number above 0. */
export const aboveZero = z.number().positive().max(1e12);

/** A certificate: numbers are null where there is no objective. */
export const certificate = z.looseObject({
  kind: z.enum(["global", "stationary", "by-construction", "none"]),
  converged: z.boolean(),
  verdict: z.string(),
  gradientNorm: perhaps,
  objective: perhaps,
});

/** How interactions are read, whatever they are for. */
export const tableReading = {
  columns: z
    .string()
    .optional()
    .describe("user,item,rating[,time]: names or positions (from 0) of the columns")
    .meta({ heading: "Reading the interactions" }),
  format: z
    .enum(["table", "lists", "parquet", "json"])
    .optional()
    .describe("what the file is, where its bytes do not tell"),
  separator: z
    .string()
    .optional()
    .describe(
      "what separates fields: a character, or comma, semicolon, tab, pipe, space (default: the first rows tell)",
    ),
  decimal: z
    .enum(["comma", "point"])
    .optional()
    .describe("the decimal sign of ratings (default: point, or a comma that separates nothing)"),
};
/** Held-out interactions, and how they are read. */
export const heldOut = { test: path.optional().describe("held-out interactions"), ...tableReading };
/** Who trains models without some rows. */
export const trainings = {
  pool: path.optional().describe("a folder for results of trainings: the same command resumes from what is there"),
  workers: z.int().min(1).max(64).optional().describe("threads that train; results have the same bytes for any number"),
};
/** How interactions are read, with titles. */
export const reading = { ...tableReading, items: path.optional().describe("titles and genres of the items") };

/** The fields of a request about reading, as readers take them. */
export function readingOf({
  columns,
  format,
  separator,
  decimal,
  items,
}: {
  readonly [name in keyof typeof reading]?: z.infer<(typeof reading)[name]>;
}): ReadingOptions {
  return { columns, format, separator, decimal, itemsFile: items };
}

/** Paths of what could not be removed and may hold data of an earlier model; absent where there is none. */
export const leftovers = z.array(z.string()).min(1).optional();

/** How a solve or minimisation ended. */
export const status = z.enum(["converged", "step-limit", "breakdown", "negative-curvature"]);

/** What training again in the same way has shown. */
export const verification = z.strictObject({
  /** Whether it gives the same scores. */
  equal: z.boolean(),
  /** Whether it ended as it was to end. */
  finished: z.boolean(),
  scoreDifference: z.number(),
  largestDifference: z.number(),
  limit: z.number(),
  objective: perhaps,
  objectiveDifference: perhaps,
  status: status.exclude(["negative-curvature"]),
  seconds: z.number(),
});

/** Whether trainings from other starts end elsewhere. */
export const otherStarts = z.strictObject({
  verdict: z.enum(["proved-not", "not-seen", "seen", "not-tried"]),
  starts: z.int(),
  elsewhere: z.int(),
  unfinished: z.int(),
  lowest: perhaps,
  largestDifference: perhaps,
  dualityGap: perhaps,
});

/** How many random starts are tried. */
export const starts = z.int().min(0).max(1000).optional();

/** Where a training of closed forms begins. */
export const beginning = z.enum(["continuation", "random"]);
