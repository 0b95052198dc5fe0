/** The verbs `request` and `plant`: what a rule chooses to be forgotten, and data with something in them that should be. */

import { z } from "zod";
import { plantInto } from "../cases/plant.ts";
import { requestBy } from "../cases/request.ts";
import { leftovers, path, settings, status } from "./schemas.ts";
import { verb } from "./verb.ts";

const size = { users: z.int(), items: z.int(), interactions: z.int() };

/** Chooses an erasure request by a rule. */
export const request = verb({
  name: "request",
  summary: "choose by a rule what is to be forgotten, for tests and comparisons",
  request: z.strictObject({
    folder: path.describe("a model folder"),
    rule: z
      .string()
      .default("random")
      .describe("the rule (lethe methods lists them)")
      .meta({ names: ["requests"] }),
    settings: settings.optional().describe("settings of the rule"),
    out: path.optional().describe("new file for the ids, one a line, or for the interactions, as CSV"),
  }),
  result: z.strictObject({
    rule: z.string(),
    of: z.enum(["users", "items", "interactions"]),
    ...size,
    requests: z.array(z.strictObject(size)).min(1),
    out: z.string().nullable(),
    warnings: z.array(z.string()),
    leftovers,
  }),
  async run({ folder, ...asked }, run, store) {
    const report = await requestBy(await store.open(folder, run), asked, run);
    return { ...report, requests: report.requests.map((one) => ({ ...one })), warnings: [...report.warnings] };
  },
});

/** Plants made-up profiles in the data of a model. */
export const plant = verb({
  name: "plant",
  summary: "plant made-up profiles that attack an item in the data of a model, to be forgotten later",
  request: z.strictObject({
    folder: path.describe("a model folder"),
    attack: z
      .string()
      .default("average-attack")
      .describe("the attack (lethe methods lists them)")
      .meta({ names: ["attacks"] }),
    settings: settings.optional().describe("settings of the attack"),
    out: path.describe("new file for the data with the profiles, as CSV"),
  }),
  result: z.strictObject({
    attack: z.string(),
    item: z.string(),
    title: z.string().nullable(),
    rating: z.number(),
    profiles: z.int(),
    prefix: z.string(),
    planted: z.int(),
    users: z.int(),
    interactions: z.int(),
    status,
    out: z.string(),
    warnings: z.array(z.string()),
    leftovers,
  }),
  async run({ folder, ...asked }, run, store) {
    const report = await plantInto(await store.open(folder, run), asked, run);
    return { ...report, warnings: [...report.warnings] };
  },
});
