/** `lethe methods`: the catalogues. */

import type { Command } from "commander";
import { documentLines } from "../report/index.ts";
import { type Survey, surveyReport } from "../study/cases/survey.ts";
import { folderStore, type Listed, methods, type Verb } from "../study/verbs/index.ts";
import { withFlags } from "./flags.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { strong } from "./style.ts";
import { indent, lineWidth, padded, wrap } from "./text.ts";

/** Adds the command. */
export function methodsCommand(program: Command, run: Run): void {
  const command = withFlags(program.command("methods").description(methods.summary), methods as Verb, []);
  withCommonFlags(command).action(({ json, threads, ...fields }: CommonFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const found = await methods.run(methods.parse(fields), context(), folderStore);
      const { survey, ...catalogues } = found;
      console.result(found, () =>
        survey === undefined ? text(catalogues) : documentLines(surveyReport(survey as Survey), lineWidth, "marked"),
      );
      return 0;
    }),
  );
}

const nameWidth = 30;

function text(catalogue: Readonly<Record<string, readonly Listed[]>>): string[] {
  return Object.entries(catalogue).flatMap(([kind, entries], k) => [
    ...(k === 0 ? [] : [""]),
    strong(kind),
    ...entries.flatMap((entry) =>
      indent(
        wrap(summaryOf(entry), lineWidth - nameWidth - 2).map(
          (line, n) => padded(n === 0 ? entry.name : "", nameWidth) + line,
        ),
        2,
      ),
    ),
  ]);
}

function summaryOf({ summary, needs, cost, settings }: Listed): string {
  const wants = needs === undefined || needs.length === 0 ? "" : `; needs ${needs.join(", and ")}`;
  const names = Object.keys(settings ?? {});
  const set = names.length === 0 ? "" : `; settings: ${names.join(", ")}`;
  return `${summary}${cost === undefined ? "" : ` (${cost})`}${wants}${set}`;
}
