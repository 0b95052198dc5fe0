/** The verb `methods`: the catalogues, and what each entry asks of a model. */

import { z } from "zod";
import { audits } from "../../audit/index.ts";
import { estimators } from "../../influence/index.ts";
import { solvers } from "../../linear/index.ts";
import { type Catalogue, methodNamed, namesOf, type SettingsSpec } from "../../method/method.ts";
import { models } from "../../model/index.ts";
import { attacks, requestRules } from "../../requests/index.ts";
import { trainers } from "../../training/index.ts";
import { unlearners } from "../../unlearning/index.ts";
import { valuers } from "../../valuation/index.ts";
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

/** The catalogues. */
export const methods = verb({
  name: "methods",
  summary: "list solvers, models, trainers, estimators, valuers, unlearners, audits, requests, attacks",
  request: z.strictObject({}),
  result: z.record(z.string(), z.array(listed)),
  async run() {
    return {
      solvers: [...solvers],
      models: [...models],
      trainers: trainers.map(({ name, summary }) => ({ name, summary })),
      estimators: entriesOf(estimators),
      valuers: entriesOf(valuers),
      unlearners: entriesOf(unlearners, ({ guarantee }) => ({ guarantee })),
      audits: entriesOf(audits, ({ question }) => ({ summary: question })),
      requests: entriesOf(requestRules),
      attacks: entriesOf(attacks),
    };
  },
});

function entriesOf<Made>(catalogue: Catalogue<Made>, more: (made: Made) => Partial<Listed> = () => ({})): Listed[] {
  return namesOf(catalogue).map((name) => {
    const variant = catalogue.variants[name];
    if (variant !== undefined) {
      const words = Object.entries(variant.settings).map(([key, value]) => `${key}=${value}`);
      return { name, summary: `${variant.of} with ${words.join(", ")}`, of: variant.of };
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
