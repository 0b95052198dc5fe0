/** The verb `subject`: what a model holds of a person, for a request of access. */

import { z } from "zod";
import { subjectOf } from "../cases/subject.ts";
import { id, path, perhaps } from "./schemas.ts";
import { verb } from "./verb.ts";

const notDetermined = z.strictObject({ notDetermined: z.string() });

/** What `subject` is asked. */
export const subjectRequest = z.strictObject({
  folder: path.describe("a model folder"),
  user: id.describe("outside id of the person"),
  count: z.int().min(1).max(1000).default(10).describe("items of a list of recommendations"),
  method: z
    .string()
    .optional()
    .describe("unlearner that shows what would go with them (default: exact, where the model is at an optimum)")
    .meta({ names: ["unlearners"] }),
});

/** What `subject` answers. */
export const subjectResult = z.strictObject({
  user: z.string(),
  lookAlikes: z.array(z.strictObject({ user: z.string(), interactions: z.int() })),
  interactions: z.array(
    z.strictObject({ item: z.string(), title: z.string().nullable(), rating: z.number(), time: perhaps }),
  ),
  numbers: z.array(z.strictObject({ name: z.string(), values: z.array(z.number()) })),
  embedding: z.union([z.strictObject({ norm: z.number(), median: z.number(), longerThan: z.number() }), notDetermined]),
  memorisation: z.union([
    z.strictObject({
      method: z.string(),
      unit: z.enum(["rating²", "nats"]),
      mean: z.number(),
      values: z.array(perhaps),
      fit: z.strictObject({ of: z.enum(["error", "probability"]), with: z.number(), without: z.number() }),
    }),
    notDetermined,
  ]),
  without: z.union([
    z.strictObject({
      method: z.string(),
      guarantee: z.string(),
      status: z.string(),
      count: z.int(),
      own: z.strictObject({
        items: z.array(z.strictObject({ item: z.string(), title: z.string().nullable(), goes: z.boolean() })),
        going: z.int(),
      }),
      others: z.strictObject({ users: z.int(), changed: z.int(), firstChanged: z.int(), itemsGone: z.int() }),
    }),
    notDetermined,
  ]),
  seconds: z.number(),
});

/** Says what a model holds of a person; nothing is written. */
export const subject = verb({
  name: "subject",
  summary: "what the model holds of a person, and what would go with them",
  request: subjectRequest,
  result: subjectResult,
  async run({ folder, ...request }, run, store) {
    const found = await subjectOf(await store.open(folder, run), request, run);
    // Plain data, as the schema has it.
    return structuredClone(found) as z.infer<typeof subjectResult>;
  },
});
