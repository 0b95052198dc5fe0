/** `lethe demo`: the whole story on a synthetic set, or on yours, told in the terminal. */

import type { Command } from "commander";
import { type DemoPart, runDemo } from "../study/demo.ts";
import { version } from "../version.ts";
import { reasonTable } from "./explain.ts";
import { whole } from "./options.ts";
import { timeText } from "./output.ts";
import { run, withCommonFlags } from "./run.ts";

interface DemoFlags {
  readonly data?: string;
  readonly columns?: string;
  readonly items?: string;
  readonly seed: number;
  readonly json?: boolean;
  readonly threads?: number;
}

/** Adds the command. */
export function demoCommand(program: Command): void {
  withCommonFlags(
    program
      .command("demo")
      .description("train, explain, forget and prove it, on a synthetic set or on yours")
      .option("--data <file>", "a file of ratings instead of the synthetic set")
      .option("--columns <list>", "user,item,rating[,time]: names or positions (from 0) of the columns")
      .option("--items <file>", "titles and genres of the items")
      .option("--seed <n>", "seed of the set and of the factors", whole(0), 1),
  ).action((flags: DemoFlags) =>
    run(flags, async ({ console, kernels, signal }) => {
      const show = (part: DemoPart) => {
        console.clear();
        if (!console.json) process.stdout.write(`${text(part)}\n\n`);
      };
      const parts = await runDemo({
        file: flags.data,
        reading: { columns: flags.columns, itemsFile: flags.items },
        seed: flags.seed,
        kernels,
        signal,
        onPart: show,
        onProgress: (label) => console.progress(label),
      });
      console.result({ lethe: version, parts }, () => next);
      const failed = parts.some(
        (part) =>
          (part.part === "train" && part.status !== "converged") ||
          (part.part === "forget" && !part.exact.certificate.converged) ||
          (part.part === "proof" && part.foundInTables + part.foundInBytes > 0),
      );
      return failed ? 1 : 0;
    }),
  );
}

const next = `Next: lethe train ratings.csv --out model  ·  lethe explain model --user … --item …
      lethe forget model --users … --out model-2`;

const count = (n: number) => n.toLocaleString("en");

function text(part: DemoPart): string {
  switch (part.part) {
    case "data":
      return `Lethe ${version}  ·  ${count(part.ratings)} ratings, ${count(part.users)} users, ${count(part.items)} items (${part.source})`;
    case "train":
      return [
        `1  Train     matrix factorization, biases and mean in one objective`,
        `             ${part.status === "converged" ? "converged" : `NOT converged (${part.status})`}: ‖∇J‖ ${part.gradientNorm.toExponential(0)} in ${timeText(part.seconds)};  J ${part.objective.toPrecision(8)}`,
        `             held-out RMSE ${part.heldOutRmse.toFixed(3)} (predicting the mean: ${part.meanRmse.toFixed(3)})`,
      ].join("\n");
    case "why":
      return whyText(part);
    case "forget":
      return forgetText(part);
    case "proof":
      return proofText(part);
  }
}

function whyText({ explanation: found, checked }: Extract<DemoPart, { part: "why" }>): string {
  const name = found.title ?? `item ${found.item}`;
  const lines = [
    `2  Why       user ${found.user} would rate "${name}" ${found.score.toFixed(2)}. Without the rating below it would be:`,
    reasonTable(`own ratings (${found.ratings.ofUser})`, found.byItem, (r) => r.title ?? `item ${r.item}`),
    reasonTable(`others' ratings of it (${found.ratings.ofItem})`, found.byUser, (r) => `user ${r.user}`),
  ];
  if (checked !== null)
    lines.push(
      `             checked: training again without "${checked.item}" gives ${checked.truth.toFixed(4)} (estimate ${checked.estimate.toFixed(4)})`,
    );
  return lines.join("\n");
}

function forgetText(part: Extract<DemoPart, { part: "forget" }>): string {
  const { exact, retrain } = part;
  const left = Object.entries(part.left).map(([name, share]) => `${name} ${percent(share)}`);
  return [
    `3  Forget    user ${part.user} asks to be forgotten: ${count(part.ratings)} ratings.`,
    `             exact    ${timeText(exact.seconds).padStart(7)}   certificate: ‖∇J‖ ${exact.certificate.gradientNorm.toExponential(0)} on what remains`,
    `             retrain  ${timeText(retrain.seconds).padStart(7)}   from another seed (${retrain.seed})`,
    `             largest difference between the two, over all ${count(part.predictions)} predictions: ${part.largestDifference.toExponential(0)}`,
    `             ${exact.certificate.verdict.replace(/(.{1,66})( |$)/g, "$1\n             ").trimEnd()}`,
    `             for comparison, what methods leave of the distance to the retrained model:`,
    `             ${left
      .join("   ")
      .replace(/(.{1,66})( {3}|$)/g, "$1\n             ")
      .trimEnd()}`,
  ].join("\n");
}

function proofText(part: Extract<DemoPart, { part: "proof" }>): string {
  const found = part.foundInTables + part.foundInBytes;
  return [
    found === 0
      ? `4  Proof     gone from: interactions, embeddings, ids (${part.files} files, ${count(part.bytes)} bytes, written and read back)`
      : `4  Proof     FAILED: the user's id was found in the written folder`,
    `             ${count(part.users)} users and ${count(part.interactions)} ratings are left`,
  ].join("\n");
}

/** A share as a percentage, with the digits that it deserves. */
function percent(share: number): string {
  const value = 100 * share;
  if (value >= 1 || value === 0) return `${value.toFixed(0)} %`;
  return `${value.toFixed(Math.min(12, Math.ceil(-Math.log10(value))))} %`;
}
