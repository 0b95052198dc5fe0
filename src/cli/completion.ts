/** `lethe completion bash`: a script by which a shell completes commands, flags and the words that flags take. */

import { Argument, type Command } from "commander";
import { folderStore, methods } from "../study/verbs/index.ts";
import { bashScript } from "./completion/bash.ts";
import { type CompletedCommand, completionsOf, type NamesByCatalogue } from "./completion/completions.ts";
import { fishScript } from "./completion/fish.ts";
import { zshScript } from "./completion/zsh.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";

const shells = { bash: bashScript, zsh: zshScript, fish: fishScript } as const satisfies Readonly<
  Record<string, (commands: readonly CompletedCommand[]) => string[]>
>;

/** Adds the command; it is about all commands of the program. */
export function completionCommand(program: Command, run: Run): void {
  withCommonFlags(
    program
      .command("completion")
      .description("print a script by which a shell completes commands, flags and their words")
      .addArgument(new Argument("<shell>", "the shell").choices(Object.keys(shells))),
  ).action((shell: keyof typeof shells, flags: CommonFlags) =>
    run(flags, async ({ console, run: context }) => {
      const catalogues = (await methods.run({}, context(), folderStore)) as unknown as NamesByCatalogue;
      const lines = shells[shell](completionsOf(program, catalogues));
      console.result({ shell, script: `${lines.join("\n")}\n` }, () => lines);
      return 0;
    }),
  );
}
