/** `lethe subject DIR --user ID`: what a model holds of a person, in words that the person can read. */

import type { Command } from "commander";
import { methodNamed } from "../method/method.ts";
import type { SubjectReport } from "../study/cases/subject.ts";
import { folderStore, subject, type Verb } from "../study/verbs/index.ts";
import { unlearners } from "../unlearning/index.ts";
import { argumentSummary, withFlags } from "./flags.ts";
import { path } from "./options.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { subjectLines } from "./subject-text.ts";

/** Adds the command. */
export function subjectCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("subject")
        .description(subject.summary)
        .argument("<dir>", argumentSummary(subject as Verb, "folder"), path),
      subject as Verb,
      ["folder"],
      { user: { flag: "--user <id>" }, count: { flag: "-n <count>" } },
    ),
  ).action((folder: string, { json, threads, user, n, method }: SubjectFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      if (method !== undefined) methodNamed(unlearners, method);
      const request = subject.parse({ folder, user, count: n, method });
      const found = await subject.run(request, context("subject "), folderStore);
      console.result(found, () => subjectLines(found as SubjectReport));
      const { without } = found;
      return "method" in without && without.method === "exact" && without.status !== "converged" ? 1 : 0;
    }),
  );
}

interface SubjectFlags extends CommonFlags {
  readonly user?: string;
  readonly n?: number;
  readonly method?: string;
}
