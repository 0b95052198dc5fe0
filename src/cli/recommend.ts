/** `lethe recommend DIR --user ID`: the best items that a user has not rated. */

import type { Command } from "commander";
import type { Recommendation } from "../study/cases/recommend.ts";
import { folderStore, recommend, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, withFlags } from "./flags.ts";
import { decimal } from "./numbers.ts";
import { path } from "./options.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { strong } from "./style.ts";
import { table } from "./table.ts";
import { cut, indent, lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function recommendCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("recommend")
        .description(recommend.summary)
        .argument("<dir>", argumentSummary(recommend as Verb, "folder"), path),
      recommend as Verb,
      ["folder"],
      { user: { flag: "--user <id>" }, count: { flag: "-n <count>" } },
    ),
  ).action((folder: string, { user, n, ...flags }: CommonFlags) =>
    run(flags, async ({ console, run: context }) => {
      const found = await recommend.run(recommend.parse({ folder, user, count: n }), context(), folderStore);
      console.result(found, () => text(found.user, found.items));
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
