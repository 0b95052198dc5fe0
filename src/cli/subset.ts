/** `lethe subset DIR --keep 50% --out FILE`: which interactions or users to train on? */

import type { Command } from "commander";
import { folderStore, subset, type Verb } from "../study/verbs/index.ts";
import { subsetRequest } from "../study/verbs/subset.ts";
import { argumentSummary, setSpelling, withFlagNames, withFlags } from "./flags.ts";
import { commandLine } from "./next.ts";
import { counted, decimal, percent } from "./numbers.ts";
import { path } from "./options.ts";
import { warnOfLeftovers } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { strong } from "./style.ts";
import { table } from "./table.ts";
import { indent, lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function subsetCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("subset")
        .description(subset.summary)
        .argument("<dir>", argumentSummary(subset as Verb, "model"), path),
      subset as Verb,
      ["model"],
      {
        keep: { flag: "--keep <share>" },
        settings: setSpelling,
        holdout: { flag: "--holdout <share>", parse: (asked) => asked },
        test: { flag: "--test <file>" },
        out: { flag: "--out <file>" },
      },
    ),
  ).action((model: string, { json, threads, set, ...rest }: SubsetFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const request = subset.parse({ model, ...rest, settings: set });
      const found = await subset.run(request, context("subset "), folderStore);
      const isField = (name: string) => name in subsetRequest.shape;
      console.advise(found.warnings.map((told) => withFlagNames(told, isField)));
      warnOfLeftovers(console, found.out?.file ?? "", found.leftovers);
      const next = found.out ? commandLine(["lethe", "train", found.out.file, "--out", "DIR"]) : undefined;
      console.result({ ...found, ...(next === undefined ? {} : { next }) }, () => text(found, next));
      return found.status === "breakdown" || found.status === "step-limit" ? 1 : 0;
    }),
  );
}

interface SubsetFlags extends CommonFlags {
  readonly set?: unknown;
}

type Found = Awaited<ReturnType<typeof subset.run>>;

function text(found: Found, next: string | undefined): string[] {
  const { players, keep, method, measure, tail, error, held, out, notes, status } = found;
  const end = (ends: readonly [number, number] | null) =>
    ends === null ? "" : `${decimal(ends[0], 4)} to ${decimal(ends[1], 4)}`;
  const rows = [
    ["all", decimal(error.all, 4), ""],
    ["chosen", decimal(error.chosen, 4), ""],
    [`random, ${error.random.draws.length} times`, decimal(error.random.mean, 4), end(error.random.interval)],
  ];
  const lines = table([["trained on", error.measure, "95 %"], ...rows], {
    right: [1],
    style: (cell, _, row) => (row === 0 ? strong(cell) : cell),
  });
  const half = `${counted(keep.players, players.kind.slice(0, -1))} (${percent(keep.share)}) by ${method}, ${tail} ${measure} kept`;
  return [
    ...wrap(`${found.text}`, lineWidth),
    ...wrap(`${half}; judged by ${counted(held.judging, "held-out row")}`, lineWidth),
    ...indent(lines, 2),
    ...[...(status === "converged" ? [] : [status]), ...notes].flatMap((note) => wrap(note, lineWidth)),
    ...(out === undefined
      ? []
      : [`${counted(out.interactions, "interaction")} in ${out.file}: ${out.removed} left out`, `next: ${next}`]),
  ];
}
