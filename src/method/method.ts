/** What it is to be a method: who may be asked, which settings there are, what it costs, and how it is made. */

import { LetheError } from "../errors.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import type { Properties } from "./properties.ts";

/** A value of a setting. */
export type SettingValue = number | string | boolean;

/** A setting that a method declares. */
export interface SettingSpec<Value extends SettingValue = SettingValue> {
  readonly summary: string;
  /** What it is where nobody says. */
  readonly standard: Value;
  /** Words that it may be. */
  readonly choices?: readonly Value[] | undefined;
  /** Of a number: above this, or from it on with `least`. */
  readonly above?: number | undefined;
  readonly least?: number | undefined;
  /** Of a number that makes work: how few a default is lowered to where the work would take long. */
  readonly fewest?: number | undefined;
  /** Of a number: it counts something. */
  readonly whole?: true | undefined;
}

/** The settings of a method, by name. */
export type SettingsSpec = Readonly<Record<string, SettingSpec>>;

/** Values for all settings of a spec. */
export type SettingsOf<Spec extends SettingsSpec> = {
  readonly [Name in keyof Spec]: Spec[Name] extends SettingSpec<infer Value> ? Value : never;
};

/** Settings as they are given: by name, some left out. */
export type GivenSettings = Readonly<Record<string, SettingValue>>;

/** Something that a method asks of a model. */
export interface Need {
  readonly name: string;
  /** Why this model does not have it; undefined where it does. A need may depend on the method's settings, where these are told. */
  unmet(model: TrainedModel, settings?: GivenSettings): string | undefined;
}

/** What grows with the number of targets, players or trainings. */
export type Cost =
  | "closed form"
  | "a solve a target"
  | "a series a target"
  | "a solve a player"
  | "a training a player"
  | "a solve"
  | "a training"
  | "a pool";

/**
 * What the numbers of a method of influence are: "influence": measure(model) − measure(model without the player); "share": a part
 * of the measure, which adds up with others'; "relative": an influence divided by the size of what the player does to the model, in a unit of its
 * own; "vote": a part of a vote of neighbours, which stands in the model's place.
 */
export type ValueKind = "influence" | "share" | "relative" | "vote";

/** A method in a catalogue. */
export interface Method<Made> {
  readonly name: string;
  readonly summary: string;
  /** Author, year and equation; "definition" where it needs none. */
  readonly source: string;
  readonly needs: readonly Need[];
  readonly settings: SettingsSpec;
  readonly cost: Cost;
  /** Of a method of influence: what its numbers are; default "influence". */
  readonly value?: ValueKind | undefined;
  /** Of a method of influence: what the survey's table tells of it. */
  readonly properties?: Properties | undefined;
  make(settings: GivenSettings): Made;
}

/** A name for a method with some of its settings. */
export interface Variant {
  readonly of: string;
  readonly settings: GivenSettings;
}

/** A catalogue: methods by name, and other names for some of their settings. */
export interface Catalogue<Made> {
  /** What its entries are called in messages. */
  readonly what: string;
  readonly methods: readonly Method<Made>[];
  readonly variants: Readonly<Record<string, Variant>>;
}

/** A method whose `make` gets all of its settings, checked. */
export function method<Spec extends SettingsSpec, Made>(
  entry: Omit<Method<Made>, "make" | "settings"> & {
    readonly settings: Spec;
    make(settings: SettingsOf<Spec>): Made;
  },
): Method<Made> {
  return {
    ...entry,
    make: (given) => entry.make(checkedSettings(entry.name, entry.settings, given) as SettingsOf<Spec>),
  };
}

/** All settings of a spec: as given, else the standard; text is read as what the setting is. Throws `bad-input` that names the setting. */
export function checkedSettings(owner: string, spec: SettingsSpec, given: GivenSettings): GivenSettings {
  for (const name of Object.keys(given))
    if (!Object.hasOwn(spec, name)) {
      const known = Object.keys(spec).join(", ");
      throw new LetheError(
        "bad-input",
        `${owner} has no setting ${JSON.stringify(name)}`,
        known === "" ? "it has none" : `it has: ${known}`,
      );
    }
  return Object.fromEntries(
    Object.entries(spec).map(([name, setting]) => [name, checkedValue(name, setting, given[name] ?? setting.standard)]),
  );
}

function checkedValue(name: string, spec: SettingSpec, given: SettingValue) {
  const { standard, choices, above, least, whole } = spec;
  const value = typeof given === "string" ? readAs(standard, given) : given;
  const wrong = (expected: string) =>
    new LetheError("bad-input", `${name} is ${JSON.stringify(value)}; expected ${expected}`);
  if (choices !== undefined && !choices.includes(value)) throw wrong(`one of ${choices.join(", ")}`);
  if (typeof value !== typeof standard) throw wrong(`a ${typeof standard}`);
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) throw wrong("a finite number");
  if (whole) checkWhole(name, value);
  if (above !== undefined && !(value > above)) throw wrong(`a number above ${above}`);
  if (least !== undefined && !(value >= least)) throw wrong(`a number from ${least}`);
  return value;
}

/** Throws `bad-input` for a setting that counts something and is no whole number. */
export function checkWhole(name: string, value: number): void {
  if (!Number.isSafeInteger(value))
    throw new LetheError("bad-input", `\`${name}\` is ${value}; expected a whole number`, `round \`${name}\``);
}

/** Text as a value of the standard's type, where it can be read so; else the text. */
function readAs(standard: SettingValue, text: string): SettingValue {
  if (typeof standard === "number") return /^-?[\d.]+(e[-+]?\d+)?$/i.test(text) ? Number(text) : text;
  if (typeof standard === "boolean") return text === "true" || text === "false" ? text === "true" : text;
  return text;
}

/** Why a model cannot be asked by a method with these settings; undefined where it can. */
export function unmetNeed(
  { needs }: Method<unknown>,
  model: TrainedModel,
  settings: GivenSettings = {},
): string | undefined {
  for (const need of needs) {
    const why = need.unmet(model, settings);
    if (why !== undefined) return `needs ${need.name}; ${why}`;
  }
  return undefined;
}

/** The names of a catalogue, variants after their methods. */
export function namesOf({ methods, variants }: Catalogue<unknown>): string[] {
  return methods.flatMap(({ name }) => [
    name,
    ...Object.keys(variants).filter((variant) => variants[variant].of === name),
  ]);
}

/** The method behind a name, and the settings that the name stands for; throws `unsupported` on a name that is none. */
export function methodNamed<Made>(
  catalogue: Catalogue<Made>,
  name: string,
): { readonly entry: Method<Made>; readonly settings: GivenSettings } {
  const variant = Object.hasOwn(catalogue.variants, name) ? catalogue.variants[name] : undefined;
  const entry = catalogue.methods.find((one) => one.name === (variant?.of ?? name));
  if (entry !== undefined) return { entry, settings: variant?.settings ?? {} };
  throw new LetheError(
    "unsupported",
    `no ${catalogue.what} ${JSON.stringify(name)}`,
    `one of: ${namesOf(catalogue).join(", ")}`,
  );
}

/** Throws `unsupported`, with the methods that need less, where a model does not have what a method with these settings needs. */
export function requireNeeds<Made>(
  catalogue: Catalogue<Made>,
  name: string,
  model: TrainedModel,
  given: GivenSettings = {},
): void {
  const { entry, settings } = methodNamed(catalogue, name);
  const why = unmetNeed(entry, model, { ...settings, ...given });
  if (why === undefined) return;
  const others = catalogue.methods.filter((one) => unmetNeed(one, model) === undefined).map((one) => one.name);
  throw new LetheError("unsupported", `the ${catalogue.what} ${name} ${why}`, `for this model: ${others.join(", ")}`);
}

/** Makes the method of a name for a model, with settings beside those that the name stands for. */
export function makeNamed<Made>(
  catalogue: Catalogue<Made>,
  name: string,
  model: TrainedModel,
  given: GivenSettings = {},
): Made {
  requireNeeds(catalogue, name, model, given);
  const { entry, settings } = methodNamed(catalogue, name);
  return entry.make({ ...settings, ...given });
}
