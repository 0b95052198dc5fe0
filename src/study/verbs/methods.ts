/** The verb `methods`: the catalogues, and what each entry asks of a model. */

import { z } from "zod";
import { audits } from "../../audit/index.ts";
import { estimators } from "../../influence/index.ts";
import { judges } from "../../judging/index.ts";
import { solvers } from "../../linear/index.ts";
import { type Catalogue, methodNamed, namesOf, type SettingsSpec } from "../../method/method.ts";
import { traits } from "../../method/properties.ts";
import { attacks, requestRules } from "../../requests/index.ts";
import { boostingEntry } from "../../training/boosting.ts";
import { trainers } from "../../training/index.ts";
import { unlearners } from "../../unlearning/index.ts";
import { valuers } from "../../valuation/index.ts";
import { surveyOf } from "../cases/survey.ts";
import { modelCatalogue } from "../choosing/models.ts";
import { verb } from "./verb.ts";

const setting = z.looseObject({
  summary: z.string(),
  standard: z.union([z.number(), z.string(), z.boolean()]),
});

/** What is said of an entry of a catalogue. */
const listed = z.strictObject({
  name: z.string(),
  summary: z.string(),
  source: z.string().optional(),
  /** What it asks of a model, in words. */
  needs: z.array(z.string()).optional(),
  settings: z.record(z.string(), setting).optional(),
  cost: z.string().optional(),
  guarantee: z.string().optional(),
  /** Another name for a method with some of its settings. */
  of: z.string().optional(),
});

/** An entry of a catalogue, in words. */
export type Listed = z.infer<typeof listed>;

const family = z.enum(["retraining", "static gradient", "dynamic gradient"]);

/** The survey's Table 1 and Figure 2. */
const survey = z.strictObject({
  discussed: z.array(
    z.strictObject({
      ...{ title: z.string(), name: z.string(), page: z.string(), check: z.string() },
      time: z.string().nullable(),
    }),
  ),
  table: z.array(
    z.strictObject({
      ...{ name: z.string(), family, kin: z.string() },
      ...{ full: z.string(), further: z.string(), space: z.string(), storage: z.string() },
      traits: z.record(z.enum(traits), z.boolean()),
    }),
  ),
  taxonomy: z.array(
    z.strictObject({ family, kin: z.array(z.strictObject({ kin: z.string(), methods: z.array(z.string()) })) }),
  ),
});

/** The catalogues by name; the survey where it was asked for. */
const result = z.object({ survey: survey.optional() }).catchall(z.array(listed));

/** The catalogues. */
export const methods = verb({
  name: "methods",
  summary: "list solvers, models, trainers, estimators, valuers, unlearners, audits, judges, requests, attacks",
  request: z.strictObject({
    table: z
      .boolean()
      .optional()
      .describe("the survey's table of influence methods: complexities, properties and taxonomy"),
  }),
  result,
  async run({ table = false }) {
    const catalogues = {
      solvers: [...solvers],
      models: [...modelCatalogue],
      trainers: [...trainers, boostingEntry].map(({ name, summary }) => ({ name, summary })),
      estimators: entriesOf(estimators),
      valuers: entriesOf(valuers),
      unlearners: entriesOf(unlearners, ({ guarantee }) => ({ guarantee })),
      audits: entriesOf(audits, ({ question }) => ({ summary: question })),
      judges: entriesOf(judges),
      requests: entriesOf(requestRules),
      attacks: entriesOf(attacks),
    };
    // The catalogues are lists, the survey is none: a type of all the document's keys cannot say so.
    return (table ? { ...catalogues, survey: structuredClone(surveyOf()) } : catalogues) as z.infer<typeof result>;
  },
});

function entriesOf<Made>(catalogue: Catalogue<Made>, more: (made: Made) => Partial<Listed> = () => ({})): Listed[] {
  return namesOf(catalogue).map((name) => {
    const variant = catalogue.variants[name];
    if (variant !== undefined) {
      const words = Object.entries(variant.settings).map(([key, value]) => `${key}=${value}`);
      return {
        name,
        summary: words.length === 0 ? `another name of ${variant.of}` : `${variant.of} with ${words.join(", ")}`,
        of: variant.of,
      };
    }
    const { entry } = methodNamed(catalogue, name);
    const { summary, source, needs, settings, cost } = entry;
    const said = { name, summary, source, needs: needs.map((need) => need.name), settings: plain(settings), cost };
    return { ...said, ...more(entry.make({})) };
  });
}

function plain(settings: SettingsSpec): Record<string, z.infer<typeof setting>> {
  return Object.fromEntries(Object.entries(settings).map(([name, spec]) => [name, { ...spec }]));
}
