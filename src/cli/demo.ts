/** `lethe demo`: the whole story on a synthetic set, or on yours, told in the terminal. */

import type { Command } from "commander";
import { type DemoPart, runDemo } from "../study/stories/demo.ts";
import { version } from "../version.ts";
import { nameOf, reasonLines, scoreLines } from "./explain.ts";
import { methodLine } from "./forget.ts";
import { counted, percent, rough, timeText } from "./numbers.ts";
import { path, whole } from "./options.ts";
import { type Run, withCommonFlags } from "./run.ts";
import { bad, good, strong } from "./style.ts";
import { flow, indent, lineWidth, padded, wrap } from "./text.ts";

interface DemoFlags {
  readonly data?: string;
  readonly columns?: string;
  readonly separator?: string;
  readonly items?: string;
  readonly seed: number;
  readonly json?: boolean;
  readonly threads?: number;
}

/** Adds the command. */
export function demoCommand(program: Command, run: Run): void {
  withCommonFlags(
    program
      .command("demo")
      .description("train, explain, forget and prove it, on a synthetic set or on yours")
      .option("--data <file>", "a file of ratings instead of the synthetic set", path)
      .option("--columns <list>", "user,item,rating[,time]: names or positions (from 0) of the columns")
      .option("--separator <sign>", "what separates fields: a character, or comma, semicolon, tab, pipe, space")
      .option("--items <file>", "titles and genres of the items", path)
      .option("--seed <n>", "seed of the set and of the factors", whole(0), 1),
  ).action((flags: DemoFlags) =>
    run(flags, async ({ console, run: context }) => {
      const { kernels, signal } = context();
      const parts = await runDemo({
        file: flags.data,
        reading: { columns: flags.columns, separator: flags.separator, itemsFile: flags.items },
        seed: flags.seed,
        kernels,
        signal,
        onPart: (part) => console.say(text(part)),
        onProgress: (label) => console.progress(" ".repeat(margin) + (label === "" ? "" : `${label} `)),
      });
      console.result({ lethe: version, parts }, () => next);
      const failed = parts.some(
        (part) =>
          (part.part === "train" && part.status !== "converged") ||
          (part.part === "forget" && !part.exact.certificate.converged) ||
          (part.part === "proof" && part.foundInTables + (part.foundInBytes ?? 0) > 0),
      );
      return failed ? 1 : 0;
    }),
  );
}

const margin = 14;
const room = lineWidth - margin;

const next = flow(
  [
    "Next: lethe train ratings.csv --out model",
    "lethe explain model --user … --item …",
    "lethe forget model --users … --out model-2",
  ],
  "  ·  ",
  lineWidth,
).map((line, k) => (k === 0 ? line : `      ${line}`));

/** A part under its number and name; only lines before it without a name. */
function section(heading: string, lines: readonly string[]): string[] {
  const [first, ...rest] = lines;
  return [`${strong(padded(heading, margin))}${first}`, ...indent(rest, margin)];
}

function text(part: DemoPart): string[] {
  switch (part.part) {
    case "data":
      return [...dataLines(part), "", ...section("1  Train", [settingsLine(part)])];
    case "train":
      return [...indent(trainLines(part), margin), ""];
    case "why":
      return [...section("2  Why", whyLines(part)), ""];
    case "forget":
      return [...section("3  Forget", forgetLines(part)), ""];
    case "proof":
      return [...section("4  Proof", proofLines(part)), ""];
  }
}

function dataLines(part: Extract<DemoPart, { part: "data" }>): string[] {
  const size = `${counted(part.ratings, "rating")}, ${counted(part.users, "user")}, ${counted(part.items, "item")}`;
  const hint = part.synthetic ? "; --data FILE for yours" : "";
  return [`${strong("Lethe")} ${version}  ·  ${size}`, ...indent(wrap(`(${part.source}${hint})`, room), margin)];
}

function settingsLine({ factors, l2 }: Extract<DemoPart, { part: "data" }>): string {
  return `matrix factorization with biases and mean, ${factors} factors, λ ${l2}`;
}

function trainLines(part: Extract<DemoPart, { part: "train" }>): string[] {
  const end = part.status === "converged" ? good("converged") : `${bad("NOT converged")} (${part.status})`;
  return [
    `${end}: ‖∇J‖ ${rough(part.gradientNorm)} in ${timeText(part.seconds)};  J ${part.objective.toPrecision(8)}`,
    `held-out RMSE ${part.heldOutRmse.toFixed(3)} (predicting the mean: ${part.meanRmse.toFixed(3)})`,
  ];
}

function whyLines({ explanation, checked }: Extract<DemoPart, { part: "why" }>): string[] {
  const lines = [...scoreLines(explanation, room), ...indent(reasonLines(explanation, room - 2), 2)];
  if (checked === null) return lines;
  const { truth, estimate } = checked;
  const check = `checked: re-optimised without ${nameOf(checked)}: ${truth.toFixed(4)} (estimate ${estimate.toFixed(4)})`;
  return [...lines, ...wrap(check, room)];
}

function forgetLines(part: Extract<DemoPart, { part: "forget" }>): string[] {
  const { exact, retrain } = part;
  const { gradientNorm, objective, verdict } = exact.certificate;
  const left = Object.entries(part.left).map(([name, share]) => `${name.replaceAll("-", " ")} ${percent(share)}`);
  const higher = retrain.objective - (objective ?? Number.NaN);
  const elsewhere =
    Math.abs(higher) > 1e-9 * Math.abs(retrain.objective)
      ? wrap(
          `that training ends in another optimum, its J ${higher > 0 ? "higher" : "lower"} by ${rough(Math.abs(higher))}: so`,
          room,
        )
      : [];
  return [
    ...wrap(`user ${part.user} asks to be forgotten: ${counted(part.ratings, "rating")}.`, room),
    methodLine("exact", exact.seconds, `certificate: ‖∇J‖ ${rough(gradientNorm)} on what remains`),
    methodLine("retrain", retrain.seconds, `from the start: ‖∇J‖ ${rough(retrain.gradientNorm)}`),
    ...elsewhere,
    `the two differ by at most ${rough(part.largestDifference)} over all ${counted(part.predictions, "prediction")}`,
    ...wrap(verdict, room),
    "what methods leave of the distance to the retrained model:",
    ...indent(flow(left, "   ", room - 2), 2),
  ];
}

function proofLines(part: Extract<DemoPart, { part: "proof" }>): string[] {
  const found = part.foundInTables + (part.foundInBytes ?? 0);
  const searched = part.foundInBytes === null ? "written and read back" : "written, read back, and searched";
  const told =
    found === 0
      ? `${good("gone")} from: interactions, embeddings, ids`
      : `${bad("NOT gone")}: the user's id is in the written folder`;
  return [
    told,
    `(${counted(part.files, "file")}, ${counted(part.bytes, "byte")}, ${searched})`,
    `${counted(part.users, "user")} and ${counted(part.interactions, "rating")} are left`,
  ];
}
