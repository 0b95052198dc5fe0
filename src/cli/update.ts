/** `lethe update DIR --add … --out DIR2`: a model on its next interactions, with its certificate. */

import type { Command } from "commander";
import { readEvents } from "../data/reading.ts";
import { LetheError } from "../errors.ts";
import { type UpdateFolderReport, updatedData } from "../study/cases/update.ts";
import { folderStore, update, type Verb } from "../study/verbs/index.ts";
import { argumentSummary, type Spelling, withFlags } from "./flags.ts";
import { methodLines, notReached, unknownLines } from "./forgotten.ts";
import { count, counted } from "./numbers.ts";
import { path } from "./options.ts";
import { warnOfLeftovers } from "./output.ts";
import {
  asFields,
  namesSomething,
  type RequestedFlags,
  readRequested,
  requestedIn,
  requestedSpellings,
  withRequestedFlags,
} from "./requested.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { lineWidth, wrap } from "./text.ts";

const { interactions, ...idSpellings } = requestedSpellings;
const eventFile = (name: string, summary: string): Spelling => ({ flag: `--${name} <file>`, parse: path, summary });

/** Adds the command. */
export function updateCommand(program: Command, run: Run): void {
  withCommonFlags(
    withRequestedFlags(
      withFlags(
        program
          .command("update")
          .description(update.summary)
          .argument("<dir>", argumentSummary(update as Verb, "folder"), path),
        update as Verb,
        ["folder"],
        {
          out: { flag: "--out <dir>" },
          add: { flag: "--add <file>" },
          remove: eventFile("remove", `interactions that go: ${interactions?.summary}`),
          change: eventFile("change", "new ratings: lines of user,item,rating[,time] (a header may come first)"),
          ...idSpellings,
        },
      ),
    ),
  ).action((folder: string, { json, threads, remove, change, ...fields }: UpdateFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const flags = { ...requestedIn(fields), interactions: remove };
      if (fields.add === undefined && change === undefined && !namesSomething(flags))
        throw new LetheError(
          "bad-input",
          "nothing to update was named",
          "give --add FILE, --remove FILE, --change FILE, --users, --items, --before DATE or --older-than AGE",
        );
      const requested = await readRequested(flags);
      const { interactions: gone, ...named } = requested.fields;
      const changed = change === undefined ? undefined : await readChanges(change);
      const request = update.parse({
        ...{ folder, ...asFields(fields), ...named },
        ...{ remove: gone, change: changed?.events },
      });
      const { promised, ...rest } = await update.run(request, context("update "), folderStore);
      const report = { ...rest, warnings: [...requested.warnings, ...(changed?.warnings ?? []), ...rest.warnings] };
      console.advise(report.warnings);
      warnOfLeftovers(console, request.out, report.leftovers);
      console.result(report, () => text(report as unknown as UpdateFolderReport, folder, request.out));
      return promised && report.status !== "converged" ? 1 : 0;
    }),
  );
}

interface UpdateFlags extends CommonFlags, Omit<RequestedFlags, "interactions"> {
  readonly remove?: string;
  readonly change?: string;
  readonly add?: string;
}

async function readChanges(file: string) {
  const { unused = [], ...events } = await readEvents(file, "interactions to change, with ratings");
  return { events, warnings: unused.map((column) => `the column ${column} of ${file} was not read`) };
}

function text(report: UpdateFolderReport, folder: string, out: string): string[] {
  const { summary, added, removed, changed, newUsers, newItems, goneUsers, goneItems } = report;
  const there = thereLines(report);
  if (report.digestBefore === report.digestAfter)
    return [summary, ...there, ...unknownLines(report.unknown, false), `model in ${out}, as it was`];
  const left = `${counted(report.users, "user")} and ${counted(report.items, "item")}`;
  return [
    ...wrap(summary, lineWidth),
    "",
    `${counted(added, "rating")} added, ${count(removed)} removed, ${count(changed)} changed;`,
    ...there,
    `${count(report.interactions)} are there now, of ${left}`,
    `new: ${counted(newUsers, "user")}, ${counted(newItems, "item")}; gone: ${counted(goneUsers, "user")}, ${counted(goneItems, "item")}`,
    ...methodLines(report, "on these", updatedData),
    ...report.caveats.flatMap((caveat) => wrap(`note: ${caveat}`, lineWidth)),
    ...unknownLines(report.unknown, true),
    `model in ${out}`,
    ...(removed > 0 ? notReached(out, [folder]) : []),
  ];
}

function thereLines({ alreadyThere }: UpdateFolderReport): string[] {
  if (alreadyThere === 0) return [];
  const one = alreadyThere === 1;
  return [`${counted(alreadyThere, "rating")} to add ${one ? "was" : "were"} there already: not added again`];
}
