/** Completion for zsh. */

import { type CompletedCommand, type CompletedFlag, patterns, singleQuoted } from "./completions.ts";

/** The script: to be evaluated after `compinit`, or put as `_lethe` into a folder of `$fpath`. */
export function zshScript(commands: readonly CompletedCommand[]): string[] {
  return [
    "#compdef lethe",
    '# Completion for zsh: eval "$(lethe completion zsh)" after compinit',
    "_lethe() {",
    "  local -a entries",
    "  if (( CURRENT == 2 )); then",
    `    entries=(${commands.map(({ name, summary }) => singleQuoted(`${name}:${summary}`)).join(" ")})`,
    "    _describe command entries",
    "    return",
    "  fi",
    '  case "$words[2] $words[CURRENT-1]" in',
    ...commands.flatMap(valueCases),
    "  esac",
    '  if [[ "$PREFIX" == -* ]]; then',
    '    case "$words[2]" in',
    ...commands.map(({ name, flags }) => `      ${name}) entries=(${flags.flatMap(described).join(" ")});;`),
    "    esac",
    "    _describe -o flag entries",
    "    return",
    "  fi",
    '  case "$words[2]" in',
    ...commands
      .filter(({ words }) => words.length > 0)
      .map(({ name, words }) => `    ${name}) compadd -- ${words.join(" ")}; return;;`),
    "  esac",
    "  _files",
    "}",
    'if [[ "$funcstack[1]" == _lethe ]]; then _lethe "$@"; else compdef _lethe lethe; fi',
  ];
}

function valueCases(command: CompletedCommand): string[] {
  const taking = command.flags.filter(({ takesValue }) => takesValue);
  const others = taking.filter(({ words }) => words.length === 0);
  return [
    ...taking
      .filter(({ words }) => words.length > 0)
      .map((flag) => `    ${patterns(command, [flag])}) compset -P '*,'; compadd -- ${flag.words.join(" ")}; return;;`),
    ...(others.length === 0 ? [] : [`    ${patterns(command, others)}) _files; return;;`]),
  ];
}

function described({ spellings, summary }: CompletedFlag): string[] {
  return spellings.map((spelling) => singleQuoted(`${spelling}:${summary}`));
}
