/** Checking the settings of a model: what is not given gets its default, what is wrong is named. */

import { LetheError } from "../errors.ts";
import type { ModelSettings } from "./model.ts";

/** Throws `bad-input` on a setting that the model does not have. */
export function onlySettings(model: string, given: ModelSettings, names: readonly string[]): void {
  for (const name of Object.keys(given))
    if (!names.includes(name))
      throw new LetheError("bad-input", `the model ${model} has no setting "${name}"`, `it has: ${names.join(", ")}`);
}

/** A whole number from 1 to `most`. */
export function countSetting(given: ModelSettings, name: string, standard: number, most: number, least = 1): number {
  const value = given[name] ?? standard;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
    throw new LetheError(
      "bad-input",
      `${name} is ${JSON.stringify(value)}; expected a whole number from ${least} to ${most}`,
    );
  return value;
}

/** A number from `least` to `most`. */
export function numberSetting(
  given: ModelSettings,
  name: string,
  standard: number,
  least: number,
  most: number,
): number {
  const value = given[name] ?? standard;
  if (typeof value !== "number" || !(value >= least && value <= most))
    throw new LetheError(
      "bad-input",
      `${name} is ${JSON.stringify(value)}; expected a number from ${least} to ${most}`,
    );
  return value;
}

/** A list of whole numbers from 1 to `most`, perhaps empty; a number alone is a list of one. */
export function countsSetting(
  given: ModelSettings,
  name: string,
  standard: readonly number[],
  most: number,
): readonly number[] {
  const one = given[name] ?? standard;
  const value = typeof one === "number" ? [one] : one;
  if (!Array.isArray(value) || value.some((n) => !Number.isInteger(n) || n < 1 || n > most))
    throw new LetheError("bad-input", `${name} is ${JSON.stringify(value)}; expected whole numbers from 1 to ${most}`);
  return value;
}

/** One of a few names. */
export function choiceSetting<Name extends string>(
  given: ModelSettings,
  name: string,
  standard: Name,
  names: readonly Name[],
): Name {
  const value = given[name] ?? standard;
  const found = names.find((known) => known === value);
  if (found === undefined)
    throw new LetheError("bad-input", `${name} is ${JSON.stringify(value)}; expected one of ${names.join(", ")}`);
  return found;
}

/** Whether there are biases. */
export function biasesSetting(given: ModelSettings, standard: boolean): boolean {
  const value = given.biases ?? standard;
  if (typeof value !== "boolean")
    throw new LetheError("bad-input", `biases is ${JSON.stringify(value)}; expected true or false`);
  return value;
}
