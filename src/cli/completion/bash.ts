/** Completion for bash. */

import { type CompletedCommand, type CompletedFlag, patterns, singleQuoted } from "./completions.ts";

/** The script; where it has no words, bash completes files. */
export function bashScript(commands: readonly CompletedCommand[]): string[] {
  const worded = commands.filter(({ words }) => words.length > 0);
  return `# Completion for bash: eval "$(lethe completion bash)"
_lethe() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" words="" before=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words=${wordsIn(commands.map(({ name }) => name))}
  else
    case "\${COMP_WORDS[1]} $prev" in
${commands.flatMap(valueCases).join("\n")}
      *) case "\${COMP_WORDS[1]} $cur" in
${commands.map(flagCase).join("\n")}
${worded.map(({ name, words }) => `        '${name} '*) words=${wordsIn(words)};;`).join("\n")}
      esac;;
    esac
  fi
  # Of names between commas the last is completed.
  case "$cur" in *,*) before="\${cur%,*},";; esac
  COMPREPLY=($(compgen -P "$before" -W "$words" -- "\${cur##*,}"))
}
complete -o bashdefault -o default -F _lethe lethe`.split("\n");
}

function valueCases(command: CompletedCommand): string[] {
  const taking = command.flags.filter(({ takesValue }) => takesValue);
  const [worded, others] = [taking.filter(hasWords), taking.filter((flag) => !hasWords(flag))];
  return [
    ...worded.map((flag) => `      ${patterns(command, [flag])}) words=${wordsIn(flag.words)};;`),
    ...(others.length === 0 ? [] : [`      ${patterns(command, others)}) ;;`]),
  ];
}

const hasWords = ({ words }: CompletedFlag) => words.length > 0;

function flagCase({ name, flags }: CompletedCommand): string {
  return `        '${name} -'*) words=${wordsIn(flags.flatMap(({ spellings }) => spellings))};;`;
}

const wordsIn = (words: readonly string[]) => singleQuoted(words.join(" "));
