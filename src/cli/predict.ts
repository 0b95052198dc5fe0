/** `lethe predict DIR --pairs FILE`: scores of given pairs. */

import type { Command } from "commander";
import { type Pairs, readPairs } from "../data/reading.ts";
import { folderStore, predict, type Verb } from "../study/verbs/index.ts";
import { argumentSummary } from "./flags.ts";
import { decimal } from "./numbers.ts";
import { path } from "./options.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import type { Line } from "./terminal.ts";

/** Adds the command. */
export function predictCommand(program: Command, run: Run): void {
  withCommonFlags(
    program
      .command("predict")
      .description(predict.summary)
      .argument("<dir>", argumentSummary(predict as Verb, "folder"), path)
      .requiredOption("--pairs <file>", "lines of user,item (a header user,item may come first)", path),
  ).action((folder: string, { pairs: file, ...flags }: CommonFlags & { readonly pairs: string }) =>
    run(flags, async ({ console, run: context }) => {
      const pairs = await readPairs(file, "pairs to score");
      const { scores } = await predict.run(predict.parse({ folder, pairs }), context(), folderStore);
      console.result({ scores }, () => lines(pairs, scores));
      return 0;
    }),
  );
}

function* lines({ users, items }: Pairs, scores: readonly (number | null)[]): Generator<Line> {
  for (let k = 0; k < scores.length; k++) {
    const score = scores[k];
    yield [users[k], items[k], score === null ? "unknown" : decimal(score, 4)];
  }
}
