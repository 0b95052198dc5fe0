/** `lethe predict DIR --pairs FILE`: scores of given pairs. */

import type { Command } from "commander";
import { type Pairs, readPairs } from "../data/reading.ts";
import { csvLines, scoreTable } from "../study/cases/answer-tables.ts";
import { folderStore, predict, type Verb } from "../study/verbs/index.ts";
import { csvPlace, csvSpelling } from "./csv.ts";
import { argumentSummary, withFlags } from "./flags.ts";
import { decimal } from "./numbers.ts";
import { pairColumns, path } from "./options.ts";
import { warnOfLeftovers, writtenLines } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import type { Line } from "./terminal.ts";

/** Adds the command. */
export function predictCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("predict")
        .description(predict.summary)
        .argument("<dir>", argumentSummary(predict as Verb, "folder"), path),
      predict as Verb,
      ["folder"],
      {
        pairs: {
          flag: "--pairs <file>",
          summary: "lines of user,item (a header user,item may come first)",
          parse: path,
        },
        csv: csvSpelling,
      },
    ).addOption(pairColumns()),
  ).action((folder: string, { pairs: file, csv: place, columns, ...flags }: PredictFlags) =>
    run(flags, async ({ console, run: context }) => {
      const { csv, toStdout } = csvPlace(place, flags.json);
      const { lines: _, ...pairs } = await readPairs(file, "pairs to score", { columns });
      const found = await predict.run(predict.parse({ folder, pairs, csv }), context("predict "), folderStore);
      if (mayBeHeader(pairs, found.scores))
        console.warn(
          `${file}, line 1: the model knows neither ${JSON.stringify(pairs.users[0])} nor ${JSON.stringify(pairs.items[0])}; if this is a header, call its columns user and item, or give --columns`,
        );
      console.result(found, () => {
        if (toStdout) return csvLines(scoreTable, scored(pairs, found.scores));
        return csv === undefined ? lines(pairs, found.scores) : writtenLines(found).slice(1);
      });
      warnOfLeftovers(console, found.csv ?? "", found.leftovers);
      return 0;
    }),
  );
}

interface PredictFlags extends CommonFlags {
  readonly pairs: string;
  readonly columns?: string;
}

/** Whether the first pair is unknown, of ids that do not come again, while others are known. */
function mayBeHeader({ users, items }: Pairs, scores: readonly (number | null)[]): boolean {
  if (scores[0] !== null || !scores.some((score) => score !== null)) return false;
  return !users.includes(users[0], 1) && !items.includes(items[0], 1);
}

function scored({ users, items }: Pairs, scores: readonly (number | null)[]) {
  return scores.map((score, k) => ({ user: users[k], item: items[k], score }));
}

function* lines({ users, items }: Pairs, scores: readonly (number | null)[]): Generator<Line> {
  for (let k = 0; k < scores.length; k++) {
    const score = scores[k];
    yield [users[k], items[k], score === null ? "unknown" : decimal(score, 4)];
  }
}
