/** Which methods are judged, by which judges, with which settings. */

import { LetheError } from "../../../errors.ts";
import { judges } from "../../../judging/index.ts";
import type { Judge } from "../../../judging/judge.ts";
import type { Estimator } from "../../../method/estimator.ts";
import {
  type Catalogue,
  checkedSettings,
  type GivenSettings,
  type Method,
  makeNamed,
  methodNamed,
  requireNeeds,
  unmetNeed,
} from "../../../method/method.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import { valuing } from "../../choosing/valuing.ts";

/** Something of a catalogue, made with all its settings. */
export interface Chosen<Made> {
  readonly name: string;
  readonly entry: Method<Made>;
  readonly settings: GivenSettings;
  readonly made: Made;
}

/** Makes those of a catalogue that are named; throws `unsupported` where the model lacks what one needs. */
function chosen<Made>(
  catalogue: Catalogue<Made>,
  names: readonly string[],
  model: TrainedModel,
  settings: ReadonlyMap<string, GivenSettings>,
): Chosen<Made>[] {
  return [...new Set(names)].map((name) => {
    requireNeeds(catalogue, name, model, settings.get(name));
    const { entry, settings: own } = methodNamed(catalogue, name);
    const all = checkedSettings(name, entry.settings, { ...own, ...settings.get(name) });
    return { name, entry, settings: all, made: makeNamed(catalogue, name, model, settings.get(name)) };
  });
}

/** The methods of these names, or all whose work does not grow with the players, where the model has what they need; the others are put to `skipped`. */
export function chosenMethods(
  names: readonly string[] | undefined,
  model: TrainedModel,
  settings: ReadonlyMap<string, GivenSettings>,
  skipped: Record<string, string>,
): Chosen<Estimator>[] {
  const cheap = (cost: string) => cost === "closed form" || cost === "a solve a target";
  const costly = "costs much, and runs only where it is named";
  return chosen(valuing, names ?? usual(valuing, model, skipped, costly, cheap), model, settings);
}

/** The judges of these names, or all that the model allows; the others are put to `skipped`. */
export function chosenJudges(
  names: readonly string[] | undefined,
  model: TrainedModel,
  settings: ReadonlyMap<string, GivenSettings>,
  skipped: Record<string, string>,
): Chosen<Judge>[] {
  return chosen(judges, names ?? usual(judges, model, skipped, "", () => true), model, settings);
}

function usual<Made>(
  { methods }: Catalogue<Made>,
  model: TrainedModel,
  skipped: Record<string, string>,
  costly: string,
  cheap: (cost: string) => boolean,
): string[] {
  return methods.flatMap((entry) => {
    const why = unmetNeed(entry, model) ?? (cheap(entry.cost) ? undefined : costly);
    if (why === undefined) return [entry.name];
    skipped[entry.name] = why;
    return [];
  });
}

/** Settings with a number of trainings for every method that can be given one, and was not. */
export function withTrainings(
  settings: ReadonlyMap<string, GivenSettings>,
  names: readonly string[] = [],
  trainings: number | undefined,
): ReadonlyMap<string, GivenSettings> {
  if (trainings === undefined) return settings;
  const counted = names.filter((name) => Object.hasOwn(methodNamed(valuing, name).entry.settings, "trainings"));
  return new Map([...settings, ...counted.map((name) => [name, { trainings, ...settings.get(name) }] as const)]);
}

/** Throws `bad-input` on settings of what takes no part. */
export function checkTaking(settings: ReadonlyMap<string, GivenSettings>, taking: readonly string[]): void {
  for (const [owner, given] of settings)
    if (!taking.includes(owner))
      throw new LetheError(
        "bad-input",
        owner === ""
          ? `the setting ${Object.keys(given)[0]} does not say whose it is`
          : `the setting ${owner}.${Object.keys(given)[0]} is of ${owner}, which takes no part`,
        `write \`settings\` as NAME.setting=value, NAME one of: ${taking.join(", ")}`,
        "settings",
      );
}
