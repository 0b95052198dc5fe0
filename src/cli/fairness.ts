/** `lethe fairness DIR`: whose first recommended item does a single rating of somebody else decide? */

import type { Command } from "commander";
import { fairness, folderStore, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, withFlags } from "./flags.ts";
import { counted, count as grouped, percent } from "./numbers.ts";
import { path } from "./options.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { strong } from "./style.ts";
import { table } from "./table.ts";
import { cut, indent, lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function fairnessCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("fairness")
        .description(fairness.summary)
        .argument("<dir>", argumentSummary(fairness as Verb, "model"), path),
      fairness as Verb,
      ["model"],
      { count: { flag: "-n, --count <n>" } },
    ),
  ).action((model: string, { json, threads, ...rest }: CommonFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const found = await fairness.run(fairness.parse({ model, ...rest }), context("fairness "), folderStore);
      console.result(found, () => text(found));
      return 0;
    }),
  );
}

type Found = Awaited<ReturnType<typeof fairness.run>>;

const bold = (cell: string, _: number, row: number) => (row === 0 ? strong(cell) : cell);

function text({ users, flipped, share, groups, ungrouped, flips }: Found): string[] {
  const rows = groups.map(({ group, least, most, users: of, flipped: some, share: part }) => [
    group,
    `${grouped(least)} to ${grouped(most)}`,
    grouped(of),
    grouped(some),
    percent(part),
  ]);
  const lines = table(
    [[ungrouped === undefined ? "activity" : "group", "ratings", "users", "of them", "share"], ...rows],
    {
      right: [2, 3, 4],
      style: bold,
    },
  );
  const found = `of ${counted(users, "user")} ${grouped(flipped)} (${percent(share)}) would have another first item without a single rating of somebody else`;
  const others = ungrouped ? [`${counted(ungrouped, "user")} of no group in the file`] : [];
  const told = [...wrap(found, lineWidth), ...indent([...lines, ...others], 2)];
  if (flips.length === 0) return told;
  const listed = flips.map(({ user, item, title, instead, titleInstead, by }) => [
    cut(user, 12),
    cut(title ?? item, 20),
    cut(titleInstead ?? instead, 20),
    cut(`${by.user}: ${by.rating}`, 18),
  ]);
  return [
    ...told,
    ...indent(table([["user", "first item", "without it", "rating of"], ...listed], { style: bold }), 2),
  ];
}
