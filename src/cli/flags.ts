/** The flags of a command, made from the schema of its verb's request. */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { Verb } from "../study/verbs/index.ts";
import { atLeast, meanOption, methodSetting, path, positive, settingOption, whole } from "./options.ts";

/** What a field of a request is, as JSON Schema has it. */
interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Field[];
  /** Above the flags from this one on, in the help. */
  readonly heading?: string;
  /** Catalogues whose names it takes, as `lethe methods` lists them. */
  readonly names?: readonly string[];
}

interface Schema {
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
}

/** Reads a flag, beside what the flag held before. */
type Parse = (text: string, before: never) => unknown;

/** How a field is written on the command line, where that does not follow from its schema. */
export interface Spelling {
  /** The flag, such as "-n <count>". */
  readonly flag?: string;
  readonly summary?: string;
  readonly parse?: Parse;
}

/** How settings of a method are written. */
export const setSpelling: Spelling = {
  flag: "--set <name=value>",
  summary: "a setting of the method (lethe methods lists them); may be repeated",
  parse: methodSetting as Parse,
};

/** How the fields that say how interactions are read are written. */
export const readingSpellings: Readonly<Record<string, Spelling>> = {
  columns: { flag: "--columns <list>" },
  separator: { flag: "--separator <sign>" },
};
/** The same, of held-out interactions. */
export const heldOutSpellings: Readonly<Record<string, Spelling>> = {
  test: { flag: "--test <file>" },
  ...readingSpellings,
};

/** A field of a request that has a flag. */
export interface FlaggedField {
  readonly option: Option;
  readonly spelling: Spelling;
  /** Catalogues whose names it takes. */
  readonly names: readonly string[];
  /** Whether the field is a text; of others a text is read as it is typed. */
  readonly isText: boolean;
  /** Whether the flag takes a text that stands for something else: a file, or ids between commas. */
  readonly standsFor: boolean;
}

/** What a command asks its verb. */
export interface CommandFields {
  readonly verb: Verb;
  /** Fields that are arguments, in their order. */
  readonly positional: readonly string[];
  readonly flagged: ReadonlyMap<string, FlaggedField>;
}

const fieldsByCommand = new WeakMap<Command, CommandFields>();

/** The fields of a command's request; none of a command without a verb. */
export function fieldsOf(command: Command): CommandFields | undefined {
  return fieldsByCommand.get(command);
}

/**
 * Adds a flag for every field of the verb's request but the listed arguments. Whole numbers, numbers, words, paths and switches follow from the
 * schema; `spellings` says how the others are written, `undefined` leaves one out. A heading of the schema stands above the flags from its field on.
 */
export function withFlags(
  command: Command,
  verb: Verb,
  positional: readonly string[],
  spellings: Readonly<Record<string, Spelling | undefined>> = {},
): Command {
  const { properties = {}, required = [] } = schemaOf(verb);
  const flagged = new Map<string, FlaggedField>();
  let heading: string | undefined;
  for (const [name, field] of Object.entries(properties)) {
    heading = field.heading ?? heading;
    if (positional.includes(name) || (name in spellings && spellings[name] === undefined)) continue;
    const spelling = spellings[name] ?? {};
    const option = optionOf(name, field, required.includes(name), spelling);
    command.addOption(overConfig(command, heading === undefined ? option : option.helpGroup(`${heading}:`)));
    const isText = field.type === "string";
    const stands = !isText && standsForOther(spelling);
    flagged.set(name, { option, spelling, names: field.names ?? [], isText, standsFor: stands });
  }
  fieldsByCommand.set(command, { verb, positional, flagged });
  return command;
}

/** Where values in a configuration file come from, for commander. */
export const fromConfig = "config";

/** A list on the command line takes the place of that of a configuration file. */
function overConfig(command: Command, option: Option): Option {
  const parse = option.parseArg;
  if (parse === undefined) return option;
  return option.argParser((text: string, before: unknown) => {
    const replaced = Array.isArray(before) && command.getOptionValueSource(option.attributeName()) === fromConfig;
    return parse(text, replaced ? undefined : before);
  });
}

function standsForOther({ parse }: Spelling): boolean {
  try {
    return typeof parse?.("x", undefined as never) === "string";
  } catch {
    return false;
  }
}

/** A message with the fields that stand in backquotes as flags, where there are such flags; else without the quotes. */
export function withFlagNames(message: string, isFlag: (field: string) => boolean): string {
  return message.replace(/`([A-Za-z]\w*)`/g, (_, field: string) => (isFlag(field) ? flagOf(field) : field));
}

/** The flag of a field. */
function flagOf(field: string): string {
  const short: Readonly<Record<string, string>> = {
    ...{ count: "-n", settings: "--set", redraw: "--no-redraw" },
    within: "--tolerance-left",
  };
  return short[field] ?? `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** What the schema says of an argument. */
export function argumentSummary(verb: Verb, name: string): string {
  return schemaOf(verb).properties?.[name]?.description ?? "";
}

// Every start of the command line asks for each schema more than once.
const schemas = new WeakMap<Verb, Schema>();

function schemaOf(verb: Verb): Schema {
  const found = schemas.get(verb) ?? (verb.request.toJSONSchema({ io: "input", unrepresentable: "any" }) as Schema);
  schemas.set(verb, found);
  return found;
}

function optionOf(name: string, field: Field, required: boolean, spelling: Spelling): Option {
  const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const summary =
    spelling.summary ?? (field.description ?? "").replace(/`(\w+)`/g, (_, other: string) => flagOf(other));
  if (field.type === "boolean") return new Option(`--${field.default === true ? "no-" : ""}${kebab}`, summary);
  const option = new Option(spelling.flag ?? `--${kebab} <${placeholderOf(field)}>`, summary);
  if (field.enum) option.choices([...field.enum]);
  else option.argParser((spelling.parse ?? parserOf(name, field)) as (text: string, before: unknown) => unknown);
  if (field.default !== undefined) option.default(field.default);
  return required ? option.makeOptionMandatory() : option;
}

function placeholderOf(field: Field): string {
  if (field.enum) return "name";
  if (field.type === "object") return "name=value";
  if (field.type === "string") return isPath(field) ? "path" : "name";
  return field.type === "integer" ? "n" : "x";
}

function parserOf(name: string, field: Field): Parse {
  const { type, minimum = Number.NEGATIVE_INFINITY, exclusiveMinimum, maximum = Number.MAX_VALUE } = field;
  if (type === "integer") return whole(Math.max(0, minimum), Math.min(maximum, Number.MAX_SAFE_INTEGER));
  if (type === "number") return exclusiveMinimum === undefined ? atLeast(minimum) : positive(maximum);
  if (type === "object") return settingOption as Parse;
  if (field.anyOf) return meanOption;
  if (type === "string") return minimum === Number.NEGATIVE_INFINITY && isPath(field) ? path : (text) => text;
  throw new InvalidArgumentError(`--${name} has no spelling`);
}

/** Paths are the texts that may not be empty. */
function isPath(field: Field): boolean {
  return (field as { readonly minLength?: number }).minLength === 1;
}
