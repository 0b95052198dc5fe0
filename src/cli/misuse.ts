/** What commander finds wrong with a command line, told like every other refusal. */

import type { Command, CommanderError } from "commander";
import { quoted } from "../data/reading/defects.ts";
import { LetheError } from "../errors.ts";

/** The refusal as `bad-input` that names the flag or argument; `command` is the one that was typed, where it is one of ours. */
export function misuse(error: CommanderError, command: Command | undefined): LetheError {
  const [told, ...hints] = error.message.replace(/^error: /, "").split("\n(");
  const help = `lethe ${command === undefined ? "" : `${command.name()} `}--help shows what can be given`;
  // Commander stops at the first of them.
  if (error.code === "commander.missingMandatoryOptionValue" && command)
    return new LetheError("bad-input", missing(command), help);
  const hint = hints.length === 0 ? undefined : hints.join(" ").replace(/\)\s*$/, "");
  return new LetheError("bad-input", retold(told), hint === undefined ? help : `${hint} ${help}`);
}

/** The flags that a command cannot do without and that were not given. */
function missing(command: Command): string {
  const lacking = command.options.filter((option) => {
    return option.mandatory && command.getOptionValue(option.attributeName()) === undefined;
  });
  const flags = lacking.map(({ flags }) => flags);
  return `${flags.join(" and ")} ${flags.length === 1 ? "is" : "are"} missing`;
}

function retold(message: string): string {
  const [, flag, found, reason] = /^option '(\S+).*?' argument '(.*)' is invalid\. (.*)$/s.exec(message) ?? [];
  if (flag !== undefined) {
    const choices = /^Allowed choices are (.*)\.$/.exec(reason)?.[1];
    return `${flag.replace(/,$/, "")}: ${choices === undefined ? reason : `found ${quoted(found)}, expected ${choices.replaceAll(", ", " or ")}`}`;
  }
  const [, place, fault] = /^command-argument value '.*' is invalid for argument '(.*?)'\. (.*)$/s.exec(message) ?? [];
  if (place !== undefined) return `<${place}>: ${fault}`;
  const [, bare] = /^option '(.*)' argument missing$/.exec(message) ?? [];
  if (bare !== undefined) return `${bare}: nothing was given after it`;
  const [, argument] = /^missing required argument '(.*)'$/.exec(message) ?? [];
  if (argument !== undefined) return `<${argument}> is missing`;
  return message.replace(/^(unknown \w+) '(.*)'$/s, (_, what, name) => `${what} ${quoted(name)}`).replace(/\.$/, "");
}
