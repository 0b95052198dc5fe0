/** `lethe forget DIR --users … --out DIR2`: a model without the forgotten data, with its certificate. */

import type { Command } from "commander";
import { readIdList, readPairs } from "../data/reading.ts";
import { LetheError } from "../errors.ts";
import { type ForgetReport, forgetInto, rowsOf, unlearnerNamed } from "../study/forget.ts";
import { openModel } from "../study/model.ts";
import { positive, whole } from "./options.ts";
import { timeText } from "./output.ts";
import { run, withCommonFlags } from "./run.ts";

interface ForgetFlags {
  readonly users?: string;
  readonly items?: string;
  readonly interactions?: string;
  readonly method: string;
  readonly literal?: boolean;
  readonly out: string;
  readonly tolerance?: number;
  readonly seed?: number;
  readonly json?: boolean;
  readonly threads?: number;
}

/** Adds the command. */
export function forgetCommand(program: Command): void {
  withCommonFlags(
    program
      .command("forget <dir>")
      .description("forget users, items or single interactions, and certify what remains")
      .requiredOption("--out <dir>", "model folder to write; may be the same folder, replaced in one step")
      .option("--users <ids>", "outside ids, comma separated, or @FILE with one a line")
      .option("--items <ids>", "outside ids, comma separated, or @FILE with one a line")
      .option("--interactions <file>", "lines of user,item (a header user,item may come first)")
      .option("--method <name>", "unlearner (lethe methods lists them)", "exact")
      .option("--literal", "the form that the paper prints, where that differs")
      .option("--tolerance <x>", "‖∇J‖ to reach; default the model's own", positive)
      .option("--seed <n>", "seed of a retraining; default another than the model's", whole(0)),
  ).action((dir: string, flags: ForgetFlags) =>
    run(flags, async ({ console, kernels, signal }) => {
      if (flags.users === undefined && flags.items === undefined && flags.interactions === undefined)
        throw new LetheError(
          "bad-input",
          "nothing to forget was named",
          "give --users, --items or --interactions FILE",
        );
      const unlearner = unlearnerNamed(flags.method, { literal: flags.literal === true });
      const model = await openModel(dir);
      const rows = rowsOf(model, {
        users: flags.users === undefined ? undefined : await readIdList(flags.users),
        items: flags.items === undefined ? undefined : await readIdList(flags.items),
        interactions:
          flags.interactions === undefined ? undefined : await readPairs(flags.interactions, "interactions to forget"),
      });
      const report = await forgetInto(model, rows, unlearner, flags.out, {
        kernels,
        signal,
        tolerance: flags.tolerance,
        seed: flags.seed,
        onProgress: console.progress("forget"),
      });
      console.result({ ...report, out: flags.out }, () => `${text(report)}\nmodel in ${flags.out}`);
      const promised = unlearner.guarantee !== "approximate";
      return promised && report.status !== "converged" ? 1 : 0;
    }),
  );
}

/** The report as people read it. */
export function text(report: ForgetReport): string {
  const { method, rows, seconds, guarantee, certificate, gradientNormBefore, gradientNorm, caveats } = report;
  return [
    `${method}: ${rows.toLocaleString("en")} ratings forgotten in ${timeText(seconds)}; ${report.interactions.toLocaleString("en")} remain`,
    `gradient of what remains: ‖∇J‖ ${gradientNormBefore.toExponential(1)} before, ${gradientNorm.toExponential(1)} after (largest row ${certificate.largestRow.toExponential(1)})`,
    `guarantee: ${guarantee};  ${certificate.verdict}`,
    ...caveats.map((caveat) => `note: ${caveat}`),
  ].join("\n");
}
