/** `lethe ask DIR`: which items to ask a new user about? */

import { type Command, InvalidArgumentError } from "commander";
import { quoted } from "../data/reading/defects.ts";
import { ask, folderStore, type Verb } from "../study/verbs/index.ts";
import { askRequest } from "../study/verbs/newcomer.ts";
import { argumentSummary, withFlagNames, withFlags } from "./flags.ts";
import { counted, decimal, percent } from "./numbers.ts";
import { path } from "./options.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { strong } from "./style.ts";
import { table } from "./table.ts";
import { cut, indent, lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function askCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("ask")
        .description(ask.summary)
        .argument("<dir>", argumentSummary(ask as Verb, "model"), path),
      ask as Verb,
      ["model"],
      {
        answers: {
          flag: "--row <item=rating>",
          summary: "an answer of the person: an item and its rating; may be repeated",
          parse: answer,
        },
        rows: { flag: "--rows <file>" },
        count: { flag: "-n, --count <n>" },
      },
    ),
  ).action((model: string, { json, threads, row, ...rest }: AskFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const found = await ask.run(ask.parse({ model, answers: row, ...rest }), context("ask "), folderStore);
      const isField = (name: string) => name in askRequest.shape;
      console.advise(found.warnings.map((told) => withFlagNames(told, isField)));
      console.result(found, () => text(found));
      return 0;
    }),
  );
}

interface AskFlags extends CommonFlags {
  readonly row?: Answers;
}

/** Answers as they are typed, one after another. */
interface Answers {
  readonly items: readonly string[];
  readonly ratings: readonly number[];
}

/** ITEM=RATING beside what was given before; an id may have equals signs in it. */
function answer(typed: string, before: Answers = { items: [], ratings: [] }): Answers {
  const at = typed.lastIndexOf("=");
  const [item, rating] = [typed.slice(0, Math.max(0, at)), typed.slice(at + 1).trim()];
  if (item === "" || rating === "" || !Number.isFinite(Number(rating)))
    throw new InvalidArgumentError(`found ${quoted(typed)}, expected ITEM=RATING, the rating a number`);
  return { items: [...before.items, item], ratings: [...before.ratings, Number(rating)] };
}

type Found = Awaited<ReturnType<typeof ask.run>>;

function text({ answers, questions, expectedRmse, known }: Found): string[] {
  const so = answers.length === 0 ? "without any answer" : `after ${counted(answers.length, "answer")}`;
  const begin = `${so} predictions are expected to miss by ${decimal(expectedRmse, 3)} (RMSE)`;
  if (questions.length === 0) return wrap(`${begin}; no item is left to ask about`, lineWidth);
  const rows = questions.map((one, k) => [
    String(k + 1),
    one.item,
    cut(one.title ?? "", 34),
    percent(one.known),
    decimal(one.score, 2),
    decimal(one.expectedRmse, 3),
  ]);
  const lines = table([["", "item", "", "know it", "score now", "RMSE then"], ...rows], {
    right: [0, 3, 4, 5],
    style: (cell, _, row) => (row === 0 ? strong(cell) : cell),
  });
  const how = known === "popularity" ? ", weighed by how many people know the item" : "";
  return [
    ...wrap(`${begin}. Ask in this order: each answer lowers that most after those above it${how}.`, lineWidth),
    ...indent(lines, 2),
  ];
}
