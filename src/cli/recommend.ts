/** `lethe recommend DIR --user ID`: the best items that a user, or each of many, has not rated. */

import type { Command } from "commander";
import { readIdList } from "../data/reading.ts";
import { csvLines, recommendationTable } from "../study/cases/answer-tables.ts";
import type { RecommendationList } from "../study/cases/recommend.ts";
import { folderStore, recommend, type Verb } from "../study/verbs/index.ts";
import { csvPlace, csvSpelling } from "./csv.ts";
import { argumentSummary, withFlags } from "./flags.ts";
import { counted, decimal } from "./numbers.ts";
import { path } from "./options.ts";
import { warnOfLeftovers, writtenLines } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { strong } from "./style.ts";
import { table } from "./table.ts";
import type { Line } from "./terminal.ts";
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
      {
        user: { flag: "--user <id>" },
        users: { flag: "--users <all|ids>", parse: (text) => text },
        count: { flag: "-n <count>" },
        csv: csvSpelling,
      },
    ),
  ).action((folder: string, { user, users, n, csv: place, ...flags }: RecommendFlags) =>
    run(flags, async ({ console, run: context }) => {
      const { csv, toStdout } = csvPlace(place, flags.json);
      const many = users === undefined || users === "all" ? users : await readIdList(users);
      const request = recommend.parse({ folder, user, users: many, count: n, csv });
      const found = await recommend.run(request, context("recommend "), folderStore);
      console.result(found, () =>
        toStdout ? csvLines(recommendationTable, listsOf(found)) : [...text(found), ...writtenLines(found).slice(1)],
      );
      warnOfLeftovers(console, found.csv ?? "", found.leftovers);
      return 0;
    }),
  );
}

interface RecommendFlags extends CommonFlags {
  readonly users?: string;
}

type Found = Awaited<ReturnType<typeof recommend.run>>;

const listsOf = (found: Found): readonly RecommendationList[] => ("user" in found ? [found] : (found.lists ?? []));

function text(found: Found): Line[] {
  if ("user" in found) return listText(found);
  if (found.lists !== undefined) return found.lists.flatMap(rowsOf);
  return [`${counted(found.items, "item")} for ${counted(found.users, "user")}`];
}

/** As `predict` prints its pairs: cells between tabs. */
function rowsOf({ user, items }: RecommendationList): Line[] {
  return items.map(({ item, score, title }, k) => [user, String(k + 1), item, decimal(score, 4), title ?? ""]);
}

function listText({ user, items }: RecommendationList): string[] {
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
