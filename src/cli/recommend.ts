/** `lethe recommend DIR --user ID`: the best items that a user has not rated. */

import type { Command } from "commander";
import { openModel } from "../study/model.ts";
import { recommend } from "../study/recommend.ts";
import { whole } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";

/** Adds the command. */
export function recommendCommand(program: Command): void {
  withCommonFlags(
    program
      .command("recommend <dir>")
      .description("the items with the highest scores for a user")
      .requiredOption("--user <id>", "outside id of the user")
      .option("-n <count>", "how many", whole(1, 1_000_000), 10),
  ).action((dir: string, flags: { readonly user: string; readonly n: number; readonly json?: boolean }) =>
    run(flags, async ({ console }) => {
      const items = recommend(await openModel(dir), flags.user, flags.n);
      console.result({ user: flags.user, items }, () =>
        items.map(({ item, score, title }) => `${score.toFixed(2)}  ${title ?? item}`).join("\n"),
      );
      return 0;
    }),
  );
}
