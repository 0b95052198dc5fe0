/** `lethe compare DIR`: which unlearner may be trusted with an erasure request? */

import type { Command } from "commander";
import { audits } from "../audit/index.ts";
import { methodNamed } from "../method/method.ts";
import { requestRules } from "../requests/index.ts";
import type { Comparison } from "../study/cases/compare/comparison.ts";
import { comparisonReport } from "../study/cases/compare/report.ts";
import { type CompareReport, compareRequest } from "../study/verbs/compare.ts";
import { compare, folderStore, type Verb } from "../study/verbs/index.ts";
import { unlearners } from "../unlearning/index.ts";
import { documentLines } from "./document.ts";
import { argumentSummary, setSpelling, withFlagNames, withFlags } from "./flags.ts";
import { path } from "./options.ts";
import { type RequestedFlags, readRequested, requestedSpellings } from "./requested.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { indent, lineWidth } from "./text.ts";

/** Adds the command. */
export function compareCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("compare")
        .description(compare.summary)
        .argument("<dir>", argumentSummary(compare as Verb, "model"), path),
      compare as Verb,
      ["model"],
      {
        ...requestedSpellings,
        request: { flag: "--request <rule>" },
        methods: { flag: "--methods <names>", parse: list },
        audits: { flag: "--audits <names>", parse: list },
        within: { flag: "--tolerance-left <share>" },
        test: { flag: "--test <file>" },
        columns: { flag: "--columns <list>" },
        settings: {
          ...setSpelling,
          summary: "a setting of the rule; of a method or audit as NAME.name=value; may be repeated",
        },
      },
    ),
  ).action((model: string, { json, threads, users, items, interactions, set, toleranceLeft, ...rest }: CompareFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const { fields, warnings: unread } = await readRequested({ users, items, interactions });
      const request = compare.parse({ model, ...rest, ...fields, settings: set, within: toleranceLeft });
      if (request.request !== undefined) methodNamed(requestRules, request.request);
      for (const name of request.audits ?? []) methodNamed(audits, name);
      const { warnings, ...result } = await compare.run(request, context("compare "), folderStore);
      const report = { ...result, warnings: [...unread, ...warnings.map((told) => withFlagNames(told, isField))] };
      console.advise(report.warnings);
      console.result(report, () => [
        ...documentLines(comparisonReport(report as unknown as Comparison), lineWidth),
        ...next(report, { users, items, interactions }, request.l2),
      ]);
      return 0;
    }),
  );
}

interface CompareFlags extends CommonFlags, RequestedFlags {
  readonly set?: unknown;
  readonly toleranceLeft?: number;
}

const list = (text: string) => text.split(",");
const isField = (name: string) => name in compareRequest.shape || name === "polish";

/** The commands that do what is recommended. */
function next(
  { model, recommendation: { method }, rows }: CompareReport,
  flags: RequestedFlags,
  l2?: number,
): string[] {
  const row = rows.find((one) => one.method === method);
  if (row === undefined) return [];
  const { settings } = methodNamed(unlearners, row.method).entry;
  const set = Object.entries(row.settings).filter(([name, value]) => value !== settings[name]?.standard);
  const named = (["users", "items", "interactions"] as const).flatMap((name) =>
    flags[name] === undefined ? [] : [`--${name} ${shellWord(flags[name])}`],
  );
  const forget = (folder: string) =>
    [
      `lethe forget ${folder} --method ${row.method}`,
      ...set.map(([name, value]) => `--set ${name}=${value}`),
      ...(named.length === 0 ? ["--users IDS"] : named),
      "--out after",
    ].join(" ");
  const place = shellWord(model.place);
  const commands =
    model.trainSeconds === null
      ? [forget(place)]
      : [`lethe train ${place}${l2 === undefined ? "" : ` --l2 ${l2}`} --out model`, forget("model")];
  return ["", "next:", ...indent(commands, 2)];
}

/** A word as a shell takes it. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
