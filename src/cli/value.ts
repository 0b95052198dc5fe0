/** `lethe value DIR --measure fit --test FILE`: what users, items or interactions are worth to the model. */

import type { Command } from "commander";
import { readEvents, readIdList } from "../data/reading.ts";
import { sectionLines } from "../report/index.ts";
import type { ValueReport } from "../study/cases/value.ts";
import { valueSections } from "../study/cases/value-report.ts";
import { folderStore, type Verb, value } from "../study/verbs/index.ts";
import { argumentSummary, heldOutSpellings, setSpelling, withFlags } from "./flags.ts";
import { count, counted, timeText } from "./numbers.ts";
import { more, path } from "./options.ts";
import { warnOfLeftovers } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { bad, faint } from "./style.ts";
import { lineWidth, wrap } from "./text.ts";

interface ValueFlags extends CommonFlags {
  readonly set?: unknown;
  readonly only?: string;
  readonly players: string;
}

/** Adds the command. */
export function valueCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("value")
        .description(value.summary)
        .argument("<dir>", argumentSummary(value as Verb, "folder"), path),
      value as Verb,
      ["folder"],
      {
        settings: setSpelling,
        measure: { flag: "--measure <name>", parse: more as (text: string, before: never) => unknown },
        ...heldOutSpellings,
        only: {
          flag: "--only <ids>",
          summary:
            "these alone: outside ids, comma separated, or @FILE with one a line; of interactions @FILE with user,item",
          parse: (text) => text,
        },
        pairs: undefined,
        count: { flag: "-n, --count <n>" },
        budget: { flag: "--budget <time|trainings>" },
        pool: { flag: "--pool <dir>" },
        csv: { flag: "--csv <file>" },
        html: { flag: "--html <file>" },
      },
    ),
  ).action((folder: string, { json, threads, set, only, players, ...fields }: ValueFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const chosen = await chosenBy(only, players);
      const request = value.parse({ folder, settings: set, players, workers: threads, ...fields, ...chosen });
      const begun = performance.now();
      const found = await value.run(request, context("value "), folderStore);
      const seconds = (performance.now() - begun) / 1000;
      console.result(found, () => text(found, seconds));
      warnOfLeftovers(console, found.csv ?? found.html ?? "", found.leftovers);
      return found.status === "breakdown" || found.status === "step-limit" ? 1 : 0;
    }),
  );
}

/** Ids, or of interactions the pairs of a file. */
async function chosenBy(only: string | undefined, players: string) {
  if (only === undefined) return {};
  if (players !== "interactions" || !only.startsWith("@")) return { only: await readIdList(only) };
  const { users, items } = await readEvents(only.slice(1), "interactions to value");
  return { pairs: { users, items } };
}

const mostBars = 20;

function text(found: Awaited<ReturnType<typeof value.run>>, seconds: number): string[] {
  const { method, of, players, trainings, notes, statuses, csv, html } = found;
  const one = players.length === 1 ? of.slice(0, -1) : of;
  const lines = [
    ...wrap(
      `${count(players.length)} ${one}, by ${method}: ${count(trainings)} ${trainings === 1 ? "training or solve" : "trainings or solves"} in ${timeText(seconds).trim()}`,
      lineWidth,
    ),
  ];
  for (const section of valueSections(found as ValueReport, mostBars))
    lines.push("", ...sectionLines(section, lineWidth, "marked"));
  const failed = statuses.flat().filter((status) => status !== "converged").length;
  const marked =
    failed === 0 ? [] : wrap(`${counted(failed, "value")} did not converge: worst status ${found.status}`, lineWidth);
  if (notes.length + failed > 0) lines.push("");
  for (const note of notes) lines.push(...wrap(note, lineWidth).map(faint));
  lines.push(...marked.map(bad));
  if (csv !== undefined) lines.push("", `all values are in ${csv}`);
  if (html !== undefined) lines.push("", `the report is in ${html}`);
  return lines;
}
