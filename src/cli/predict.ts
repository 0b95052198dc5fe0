/** `lethe predict DIR --pairs FILE`: scores of given pairs. */

import type { Command } from "commander";
import { readPairs } from "../data/reading.ts";
import { folderStore, predict, type Verb } from "../study/verbs/index.ts";
import { argumentSummary } from "./flags.ts";
import { decimal } from "./numbers.ts";
import { path } from "./options.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";

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
      console.result({ scores }, () =>
        scores.map((s, k) => [pairs.users[k], pairs.items[k], s === null ? "unknown" : decimal(s, 4)]),
      );
      return 0;
    }),
  );
}
