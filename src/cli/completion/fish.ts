/** Completion for fish. */

import type { CompletedCommand, CompletedFlag } from "./completions.ts";

/** The script: a line a command and a flag. */
export function fishScript(commands: readonly CompletedCommand[]): string[] {
  return [
    "# Completion for fish: lethe completion fish | source",
    ...commands.map(
      ({ name, summary }) => `complete -c lethe -n __fish_use_subcommand -f -a ${name} -d ${quoted(summary)}`,
    ),
    ...commands.flatMap((command) => [
      ...command.flags.map((flag) => `${prefix(command)} ${flagWords(flag)} -d ${quoted(flag.summary)}`),
      ...(command.words.length === 0 ? [] : [`${prefix(command)} -f -a ${quoted(command.words.join(" "))}`]),
    ]),
  ];
}

const prefix = ({ name }: CompletedCommand) => `complete -c lethe -n '__fish_seen_subcommand_from ${name}'`;

function flagWords({ spellings, takesValue, words }: CompletedFlag): string {
  const names = spellings.map((one) => (one.startsWith("--") ? `-l ${one.slice(2)}` : `-s ${one.slice(1)}`));
  const value = words.length > 0 ? ["-x", "-a", quoted(words.join(" "))] : takesValue ? ["-r", "-F"] : [];
  return [...names, ...value].join(" ");
}

/** A text between single quotes, as fish takes it. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
