/** `--config FILE`: what is asked, by command, in a file of JSON; flags on the command line come before it. */

import { readFile, stat } from "node:fs/promises";
import { type Command, InvalidArgumentError, type Option } from "commander";
import { LetheError } from "../errors.ts";
import { isRecord } from "../exchange/foreign/json.ts";
import { readingError } from "../exchange/foreign/refusal.ts";
import { checkedField, verbs } from "../study/verbs/index.ts";
import { type CommandFields, type FlaggedField, fieldsOf, fromConfig } from "./flags.ts";
import { nearNames } from "./near.ts";

/** The flag, and what it says of itself. */
export const configFlag = "--config";
/** What the help says. */
export const configSummary = "a file of JSON with values for flags, by command; the command line comes before it";

const mostBytes = 2 ** 20;

/**
 * Gives the named command what the file says of it, and returns the arguments without the file. Throws `bad-input` that names file and
 * key.
 */
export async function withConfig(program: Command, args: readonly string[]): Promise<readonly string[]> {
  const command = program.commands.find((one) => one.name() === args[0]);
  const fields = command && fieldsOf(command);
  const { file, rest } = taken(args);
  if (command === undefined || fields === undefined || file === undefined) return args;
  const sections = await sectionsIn(file);
  const commands = verbs.map(({ name }) => name);
  for (const [name, section] of Object.entries(sections)) {
    if (!commands.includes(name)) throw unknown(file, `no command ${JSON.stringify(name)}`, name, commands);
    if (!isRecord(section)) throw refused(file, name, 'expected an object, such as {"l2": 5}');
  }
  const own = Object.hasOwn(sections, command.name()) ? (sections[command.name()] as Record<string, unknown>) : {};
  const opposites = oppositesIn(rest, fields);
  for (const [key, value] of Object.entries(own)) if (!opposites.has(key)) give(command, fields, key, value, file);
  const dropped = new Set(opposites.values());
  return rest.filter((arg, k) => !(dropped.has(arg) && k < endOf(rest)));
}

/** Switches whose opposite is typed, with that flag: `--no-polish` beside a file that may turn it on. */
function oppositesIn(args: readonly string[], { flagged }: CommandFields): ReadonlyMap<string, string> {
  const typed = args.slice(0, endOf(args));
  const found = new Map<string, string>();
  for (const [key, { option }] of flagged) {
    if (!option.isBoolean()) continue;
    const opposite = option.negate ? `--${option.long?.slice(5)}` : `--no-${option.long?.slice(2)}`;
    if (typed.includes(opposite)) found.set(key, opposite);
  }
  return found;
}

/** Where flags end. */
function endOf(args: readonly string[]): number {
  return args.includes("--") ? args.indexOf("--") : args.length;
}

/** The file that is named, and the other arguments; nothing behind `--` is a flag. */
function taken(args: readonly string[]): { readonly file?: string; readonly rest: readonly string[] } {
  const end = endOf(args);
  const at = args.findIndex((arg, k) => k < end && (arg === configFlag || arg.startsWith(`${configFlag}=`)));
  if (at < 0) return { rest: args };
  if (args[at] !== configFlag)
    return { file: args[at].slice(configFlag.length + 1), rest: args.filter((_, k) => k !== at) };
  return at + 1 < end ? { file: args[at + 1], rest: args.filter((_, k) => k !== at && k !== at + 1) } : { rest: args };
}

async function sectionsIn(file: string): Promise<Record<string, unknown>> {
  const text = await textOf(file).catch((error) => {
    throw readingError(error, file);
  });
  try {
    const found: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (isRecord(found)) return found;
  } catch (error) {
    throw new LetheError("bad-input", `${file}: this is not JSON: ${(error as Error).message}`, advice);
  }
  throw new LetheError("bad-input", `${file}: expected an object with a key for each command`, advice);
}

const advice = 'write it as {"train": {"factors": 16, "l2": 5}, "forget": {"method": "exact"}}';

async function textOf(file: string): Promise<string> {
  const found = await stat(file);
  if (!found.isFile()) throw new LetheError("bad-input", `${file}: this is not a file`, "name a file of JSON");
  if (found.size > mostBytes)
    throw new LetheError("bad-input", `${file}: ${found.size} bytes are too many for what belongs here`, advice);
  return readFile(file, "utf8");
}

function give(command: Command, fields: CommandFields, key: string, value: unknown, file: string): void {
  const place = `${file}: ${command.name()}.${key}`;
  const position = fields.positional.indexOf(key);
  const field = fields.flagged.get(key);
  if (position >= 0) {
    const checked = checkedField(fields.verb, key, value, place);
    command.registeredArguments[position].argOptional().default(checked);
  } else if (field === undefined) {
    const free = freeOptions(command, fields);
    const option = free.find((one) => one.attributeName() === key);
    if (option !== undefined) {
      giveText(command, option, value, place);
      return;
    }
    const known = [...fields.positional, ...fields.flagged.keys(), ...free.map((one) => one.attributeName())];
    throw unknown(file, `lethe ${command.name()} takes no ${JSON.stringify(key)}`, key, known);
  } else
    command.setOptionValueWithSource(
      field.option.attributeName(),
      givenValue(fields, field, key, value, place),
      fromConfig,
    );
}

const ofAll = ["config", "json", "threads"];

/** Flags of a command that stand for no field of its own, such as an age that is a date. */
function freeOptions(command: Command, { flagged }: CommandFields): Option[] {
  const taken = new Set([...ofAll, ...[...flagged.values()].map(({ option }) => option.attributeName())]);
  return command.options.filter((option) => option.required && !taken.has(option.attributeName()));
}

function giveText(command: Command, option: Option, value: unknown, place: string): void {
  if (typeof value !== "string")
    throw new LetheError("bad-input", `${place}: expected text, as ${option.long} takes it`);
  const { parseArg } = option;
  const read = parseArg === undefined ? value : parsedText(() => parseArg(value, undefined), place);
  command.setOptionValueWithSource(option.attributeName(), read, fromConfig);
}

/** A text as a flag reads it. */
function parsedText(parse: () => unknown, place: string): unknown {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new LetheError("bad-input", `${place}: ${error.message}`);
  }
}

/** What a flag would be after it was read. */
function givenValue(
  { verb }: CommandFields,
  { option, spelling, isText, standsFor }: FlaggedField,
  key: string,
  value: unknown,
  place: string,
): unknown {
  const { parse } = spelling;
  const asTyped = parse !== undefined && !isText && typeof value === "string";
  if (!asTyped && !standsFor) return checkedField(verb, key, value, place);
  if (!asTyped)
    throw new LetheError(
      "bad-input",
      `${place}: expected text, as ${option.long ?? option.flags} takes it`,
      "for ids or lines of your own name a file there",
    );
  return parsedText(() => parse(value, undefined as never), place);
}

function refused(file: string, key: string, fault: string): LetheError {
  return new LetheError("bad-input", `${file}: ${key}: ${fault}`, advice);
}

function unknown(file: string, fault: string, name: string, names: readonly string[]): LetheError {
  const near = nearNames(name, names);
  const meant = near.length === 0 ? `it may have: ${names.join(", ")}` : `did you mean ${near.join(" or ")}?`;
  return new LetheError("bad-input", `${file}: ${fault}`, meant);
}
