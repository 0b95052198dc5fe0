/** `lethe forget DIR --users … --out DIR2`: a model without the forgotten data, with its certificate. */

import type { Command } from "commander";
import { readIdList, readPairs } from "../data/reading.ts";
import { LetheError } from "../errors.ts";
import { type ForgetReport, forgetFolder } from "../study/forget.ts";
import { checkName } from "../study/methods.ts";
import { unlearners } from "../unlearning/index.ts";
import { count, counted, rough, timeText } from "./numbers.ts";
import { path, positive, whole } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";
import { indent, lineWidth, padded, wrap } from "./text.ts";

interface ForgetFlags {
  readonly users?: string;
  readonly items?: string;
  readonly interactions?: string;
  readonly method?: string;
  readonly literal?: boolean;
  readonly out: string;
  readonly tolerance?: number;
  readonly seed?: number;
  readonly curvature?: boolean;
  readonly overwrite?: boolean;
  readonly json?: boolean;
  readonly threads?: number;
}

/** Adds the command. */
export function forgetCommand(program: Command): void {
  withCommonFlags(
    program
      .command("forget")
      .description("forget users, items or single interactions, and certify what remains")
      .argument("<dir>", "a model folder", path)
      .requiredOption("--out <dir>", "model folder to write; may be the same folder, replaced in one step", path)
      .option("--users <ids>", "outside ids, comma separated, or @FILE with one a line")
      .option("--items <ids>", "outside ids, comma separated, or @FILE with one a line")
      .option("--interactions <file>", "lines of user,item (a header user,item may come first)", path)
      .option(
        "--method <name>",
        "unlearner (lethe methods lists them; default: exact, and retrain for a model that is at no optimum)",
      )
      .option("--literal", "the form that the paper prints, where that differs")
      .option("--tolerance <x>", "‖∇J‖ to reach; default the model's own", positive())
      .option("--seed <n>", "seed of a retraining; default another than the model's", whole(0))
      .option("--overwrite", "replace another model at --out even where it has forgotten what <dir> still has")
      .option("--curvature", "also estimate the smallest curvature, and the distance from the optimum; takes longer"),
  ).action((dir: string, flags: ForgetFlags) =>
    run(flags, async ({ console, kernels, signal }) => {
      if (flags.users === undefined && flags.items === undefined && flags.interactions === undefined)
        throw new LetheError(
          "bad-input",
          "nothing to forget was named",
          "give --users, --items or --interactions FILE",
        );
      if (flags.method !== undefined) checkName(unlearners, "unlearner", flags.method);
      const request = {
        users: flags.users === undefined ? undefined : await readIdList(flags.users),
        items: flags.items === undefined ? undefined : await readIdList(flags.items),
        interactions:
          flags.interactions === undefined
            ? undefined
            : // A header alone asks to forget nothing: then no byte of the model changes.
              await readPairs(flags.interactions, "interactions to forget", 0),
        method: flags.method,
        literal: flags.literal,
      };
      const { promised, ...report } = await forgetFolder(dir, flags.out, request, {
        kernels,
        signal,
        overwrite: flags.overwrite,
        tolerance: flags.tolerance,
        seed: flags.seed,
        curvature: flags.curvature,
        onProgress: console.progress(`${flags.method ?? "forget"} `),
      });
      console.result({ ...report, out: flags.out }, () => text(report, flags.out));
      return promised && report.status !== "converged" ? 1 : 0;
    }),
  );
}

function text(report: ForgetReport, out: string): string[] {
  const { method, rows, seconds, guarantee, certificate, gradientNormBefore, caveats } = report;
  const left = `${counted(report.users, "user")} and ${counted(report.items, "item")}`;
  if (rows === 0 && method !== "retrain") return ["nothing was to be forgotten", `model in ${out}, as it was`];
  const norms = `‖∇J‖ ${rough(certificate.gradientNorm)} on what remains (before: ${rough(gradientNormBefore)})`;
  const more = [`guarantee: ${guarantee}`, certificate.verdict, ...caveats.map((caveat) => `note: ${caveat}`)];
  return [
    `${counted(rows, "rating")} forgotten; ${count(report.interactions)} remain, of ${left}`,
    methodLine(method, seconds, `certificate: ${norms}`),
    ...indent(
      more.flatMap((line) => wrap(line, lineWidth - methodWidth)),
      methodWidth,
    ),
    `model in ${out}`,
  ];
}

const methodWidth = 11;

/** A method, how long it took, and what is to be said of it. */
export function methodLine(name: string, seconds: number, said: string): string {
  return `${padded(name, 10)}${padded(timeText(seconds), 7, "right")}   ${said}`;
}
