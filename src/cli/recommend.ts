/** `lethe recommend DIR --user ID`: the best items that a user has not rated. */

import type { Command } from "commander";
import { openModel } from "../study/model.ts";
import { type Recommendation, recommend } from "../study/recommend.ts";
import { decimal } from "./numbers.ts";
import { path, whole } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";
import { strong } from "./style.ts";
import { table } from "./table.ts";
import { cut, indent, lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function recommendCommand(program: Command): void {
  withCommonFlags(
    program
      .command("recommend")
      .description("the items with the highest scores for a user, of those without a rating")
      .argument("<dir>", "a model folder", path)
      .requiredOption("--user <id>", "outside id of the user")
      .option("-n <count>", "how many", whole(1, 1_000_000), 10),
  ).action((dir: string, flags: { readonly user: string; readonly n: number; readonly json?: boolean }) =>
    run(flags, async ({ console }) => {
      const items = recommend(await openModel(dir), flags.user, flags.n);
      console.result({ user: flags.user, items }, () => text(flags.user, items));
      return 0;
    }),
  );
}

function text(user: string, items: readonly Recommendation[]): string[] {
  if (items.length === 0) return [`user ${user} has rated everything`];
  const rows = items.map(({ item, score, title, genres }) => [
    decimal(score, 2),
    item,
    cut(title ?? "", 40),
    cut(genres.join(", "), 22),
  ]);
  const lines = table([["score", "item"], ...rows], {
    right: [0],
    style: (cell, _, row) => (row === 0 ? strong(cell) : cell),
  });
  return [...wrap(`user ${user} has not rated these, and would rate them highest:`, lineWidth), ...indent(lines, 2)];
}
