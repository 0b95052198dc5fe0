/** `lethe predict DIR --pairs FILE`: scores of given pairs. */

import type { Command } from "commander";
import { readPairs } from "../data/reading.ts";
import { openModel } from "../study/model.ts";
import { predictPairs } from "../study/recommend.ts";
import { decimal } from "./numbers.ts";
import { path } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";

/** Adds the command. */
export function predictCommand(program: Command): void {
  withCommonFlags(
    program
      .command("predict")
      .description("score pairs of users and items; null for an id without data")
      .argument("<dir>", "a model folder", path)
      .requiredOption("--pairs <file>", "lines of user,item (a header user,item may come first)", path),
  ).action((dir: string, flags: { readonly pairs: string; readonly json?: boolean }) =>
    run(flags, async ({ console }) => {
      const model = await openModel(dir);
      const { users, items } = await readPairs(flags.pairs, "pairs to score");
      const scores = predictPairs(model, users, items);
      console.result({ scores }, () =>
        scores.map((s, k) => `${users[k]}\t${items[k]}\t${s === null ? "unknown" : decimal(s, 4)}`),
      );
      return 0;
    }),
  );
}
