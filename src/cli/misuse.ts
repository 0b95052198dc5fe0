/** What commander finds wrong with a command line, told like every other refusal. */

import type { CommanderError } from "commander";
import { quoted } from "../data/reading/defects.ts";
import { LetheError } from "../errors.ts";

/** The refusal as `bad-input` that names the flag or argument; `command` is the one that was typed, where it is one of ours. */
export function misuse(error: CommanderError, command: string | undefined): LetheError {
  const [told, ...hints] = error.message.replace(/^error: /, "").split("\n(");
  const help = `lethe ${command === undefined ? "" : `${command} `}--help shows what can be given`;
  const hint = hints.length === 0 ? undefined : hints.join(" ").replace(/\)\s*$/, "");
  return new LetheError("bad-input", retold(told), hint === undefined ? help : `${hint} ${help}`);
}

function retold(message: string): string {
  const [, flag, found, reason] = /^option '(\S+).*?' argument '(.*)' is invalid\. (.*)$/s.exec(message) ?? [];
  if (flag !== undefined) {
    const choices = /^Allowed choices are (.*)\.$/.exec(reason)?.[1];
    return `${flag.replace(/,$/, "")}: ${choices === undefined ? reason : `found ${quoted(found)}, expected ${choices.replaceAll(", ", " or ")}`}`;
  }
  const [, place, fault] = /^command-argument value '.*' is invalid for argument '(.*?)'\. (.*)$/s.exec(message) ?? [];
  if (place !== undefined) return `<${place}>: ${fault}`;
  const [, missing] = /^required option '(.*)' not specified$/.exec(message) ?? [];
  if (missing !== undefined) return `${missing} is missing`;
  const [, bare] = /^option '(.*)' argument missing$/.exec(message) ?? [];
  if (bare !== undefined) return `${bare}: nothing was given after it`;
  const [, argument] = /^missing required argument '(.*)'$/.exec(message) ?? [];
  if (argument !== undefined) return `<${argument}> is missing`;
  return message.replace(/^(unknown \w+) '(.*)'$/s, (_, what, name) => `${what} ${quoted(name)}`).replace(/\.$/, "");
}
