/** Values of flags, checked on input. */

import { InvalidArgumentError, Option } from "commander";
import { quoted } from "../data/reading/defects.ts";
import type { GivenSettings } from "../method/method.ts";
import type { ModelSettings } from "../model/model.ts";

/** A whole number from `least` to `most`. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw unusable(text, `a whole number ${rangeText(least, most)}`);
    return value;
  };
}

function rangeText(least: number, most: number): string {
  return most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
}

/** A finite number above zero, and at most `most`. */
export function positive(most = Number.MAX_VALUE): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value > 0 && value <= most) return value;
    throw unusable(
      text,
      `a number above 0${most === Number.MAX_VALUE ? "" : ` and at most ${most < 1e6 ? most : most.toExponential(0).replace("+", "")}`}`,
    );
  };
}

/** A finite number from `least`, and at most 10¹². */
export function atLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= least && value <= 1e12) return value;
    throw unusable(text, `a number from ${least} to 1e12`);
  };
}

/** name=value beside what was given before: a number, a list of numbers, true, false, or a word. */
export function settingOption(text: string, before: ModelSettings = {}): ModelSettings {
  const [, name, value] = /^([A-Za-z]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw unusable(text, "name=value");
  return { ...before, [name]: settingValue(value) };
}

/** name=value beside what was given before, as text: the setting knows what it is. The name may be METHOD.name. */
export function methodSetting(text: string, before: GivenSettings = {}): GivenSettings {
  const [, name, value] = /^([A-Za-z-][A-Za-z0-9.-]*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw unusable(text, "name=value");
  return { ...before, [name]: value };
}

function settingValue(text: string): ModelSettings[string] {
  if (text === "true" || text === "false") return text === "true";
  if (/^-?[\d.]+(e[-+]?\d+)?$/i.test(text)) return Number(text);
  if (/^\d*(,\d*)+$/.test(text))
    return text
      .split(",")
      .filter((part) => part !== "")
      .map(Number);
  return text;
}

/** "learned", or a finite number to fix it at. */
export function meanOption(text: string): "learned" | number {
  if (text === "learned") return text;
  const value = Number(text);
  if (text.trim() === "" || !(Math.abs(value) < 1e150)) throw unusable(text, 'a finite number or "learned"');
  return value;
}

/** Names between commas. */
export function list(text: string): string[] {
  return text.split(",");
}

/** One more beside what was given before. */
export function more(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/** A path; an empty one (a shell variable that is not set) would mean the current folder. */
export function path(text: string): string {
  if (text === "") throw unusable(text, "a path");
  return text;
}

/** Paths, one after another. */
export function paths(text: string, before: readonly string[] = []): string[] {
  return [...before, path(text)];
}

function unusable(text: string, expected: string): InvalidArgumentError {
  return new InvalidArgumentError(`found ${quoted(text)}, expected ${expected}`);
}

/** The columns of a file of pairs. */
export function pairColumns(): Option {
  return new Option("--columns <list>", "of the file of pairs: user,item, by names or positions (from 0)");
}
