/** What a shell can complete: the commands, their flags, and the words that a flag takes, read from the commands themselves. */

import type { Command, Option } from "commander";
import { fieldsOf } from "../flags.ts";

/** A flag under its spellings. */
export interface CompletedFlag {
  /** "-h", "--help". */
  readonly spellings: readonly string[];
  readonly summary: string;
  readonly takesValue: boolean;
  /** Words that it takes; none where it takes a file, a number or anything else. */
  readonly words: readonly string[];
}

/** A command. */
export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CompletedFlag[];
  /** Words that its argument may be; none where that is a file. */
  readonly words: readonly string[];
}

/** Names by catalogue, as `lethe methods` lists them. */
export type NamesByCatalogue = Readonly<Record<string, readonly { readonly name: string }[]>>;

/** What can be completed of a program whose commands are all there. */
export function completionsOf(program: Command, catalogues: NamesByCatalogue): CompletedCommand[] {
  return program.commands.map((command) => {
    const flagged = [...(fieldsOf(command)?.flagged.values() ?? [])];
    const namesOf = (option: Option) => flagged.find((field) => field.option === option)?.names ?? [];
    const wordsOf = (option: Option) =>
      option.argChoices ?? namesOf(option).flatMap((name) => catalogues[name].map((entry) => entry.name));
    return {
      name: command.name(),
      summary: command.description(),
      flags: command
        .createHelp()
        .visibleOptions(command)
        .map((option) => flagOf(option, wordsOf(option))),
      words: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
    };
  });
}

function flagOf({ short, long, description, required, optional }: Option, words: readonly string[]): CompletedFlag {
  const spellings = [short, long].filter((spelling) => spelling !== undefined);
  return { spellings, summary: description, takesValue: required || optional, words };
}

/** A text between single quotes, as POSIX shells take it. */
export function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Patterns of a case: a command, a space, and each spelling of these flags. */
export function patterns(command: CompletedCommand, flags: readonly CompletedFlag[]): string {
  return flags
    .flatMap(({ spellings }) => spellings.map((spelling) => singleQuoted(`${command.name} ${spelling}`)))
    .join("|");
}
