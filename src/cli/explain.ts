/** `lethe explain DIR --user ID --item ID`: the ratings that a score rests on. */

import type { Command } from "commander";
import type { SolveStatus } from "../linear/solver.ts";
import { type Explanation, explain, type Reason } from "../study/explain.ts";
import { openModel } from "../study/model.ts";
import { count, decimal, decimalsFor, signed } from "./numbers.ts";
import { path, whole } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";
import { bad, faint, good, strong } from "./style.ts";
import { table } from "./table.ts";
import { cut, indent, lineWidth, wrap } from "./text.ts";

interface ExplainFlags {
  readonly user: string;
  readonly item: string;
  readonly method?: string;
  readonly positive?: boolean;
  readonly n: number;
  readonly json?: boolean;
  readonly threads?: number;
}

/** Adds the command. */
export function explainCommand(program: Command): void {
  withCommonFlags(
    program
      .command("explain")
      .description("why is this score what it is: the user's own ratings and others' ratings of the item")
      .argument("<dir>", "a model folder", path)
      .requiredOption("--user <id>", "outside id of the user")
      .requiredOption("--item <id>", "outside id of the item")
      .option(
        "--method <name>",
        "estimator (lethe methods lists them; default: fast-influence, for graphs influence-function)",
      )
      .option("--positive", "only what supports the score, strongest first (for the people served)")
      .option("-n <count>", "how many of each", whole(1, 1_000_000), 10),
  ).action((dir: string, flags: ExplainFlags) =>
    run(flags, async ({ console, kernels, signal }) => {
      const model = await openModel(dir);
      const found = await explain(model, { ...flags, count: flags.n, kernels, signal });
      console.result(found, () => text(found));
      return found.status === "breakdown" || found.status === "step-limit" ? 1 : 0;
    }),
  );
}

function text(found: Explanation): string[] {
  return [
    ...scoreLines(found, lineWidth),
    "",
    ...indent(reasonLines(found, lineWidth - 2), 2),
    "",
    ...wrap(found.note, lineWidth).map(faint),
    ...wrap(statusNotes[found.status], lineWidth)
      .filter((line) => line !== "")
      .map(bad),
  ];
}

const statusNotes: Readonly<Record<SolveStatus, string>> = {
  converged: "",
  "step-limit": "NOT converged: the solver stopped at its step limit, and these influences are rough",
  breakdown: "NOT converged: the solver broke down, and these influences mean nothing",
  "negative-curvature": "the model is not at a minimum here: where curvature was negative, its positive part was used",
};

/** What the score is, and how to read what follows. */
export function scoreLines(found: Explanation, width: number): string[] {
  if (found.unit === "score") {
    const score = `user ${found.user} scores ${nameOf(found)} at ${decimal(found.score, 2)}.`;
    return [...wrap(score, width), restLine(found, "interaction")];
  }
  const score = `user ${found.user} would rate ${nameOf(found)} ${decimal(found.score, 2)}`;
  const base = `(mean and biases alone: ${decimal(found.base, 2)}).`;
  return [...wrap(`${score} ${base}`, width), restLine(found, "rating")];
}

/** What the column of scores holds; a share of a score is not what goes with its row. */
function restLine({ method }: Explanation, row: string): string {
  return method === "contributions"
    ? `Less the share of the ${row} below that is:`
    : `Without the ${row} below it would be:`;
}

const widestBar = 8;
const headings = ["rating", "score", "influence"];

/** The user's own ratings, then others' ratings of the item: rating, score without it, influence, and a bar for its size. */
export function reasonLines(found: Explanation, width: number): string[] {
  const { byItem, byUser, ratings } = found;
  const what = found.unit === "rating" ? "ratings" : "interactions";
  const most = Math.max(largest(byItem), largest(byUser));
  const own = numbersOf(byItem, most);
  const others = numbersOf(byUser, most);
  const widths = headings.map((heading, c) =>
    [...own, ...others].reduce((widest, row) => Math.max(widest, row[c].length), heading.length),
  );
  const room = width - widths.reduce((sum, columns) => sum + columns + 2, widestBar + 2);
  const rows = [
    [`own ${what} (${count(ratings.ofUser)})`, ...headings],
    ...(own.length > 0 ? own.map((row, k) => [cut(nameOf(byItem[k]), room), ...row]) : [["none"]]),
    [`others' ${what} of it (${count(ratings.ofItem)})`],
    ...(others.length > 0 ? others.map((row, k) => [cut(`user ${byUser[k].user}`, room), ...row]) : [["none"]]),
  ];
  const second = 1 + Math.max(1, own.length);
  return table(rows, {
    right: [1, 2, 3],
    style: (cell, column, row) => {
      if (row === 0 || row === second) return strong(cell);
      return column < 3 ? cell : cell.includes("−") ? bad(cell) : column === 3 ? good(cell) : faint(cell);
    },
  });
}

/** The cells beside the names. */
function numbersOf(reasons: readonly Reason[], most: number): string[][] {
  const decimals = decimalsOf(reasons);
  return reasons.map(({ rating, without, influence }) => [
    String(Number(rating.toPrecision(6))),
    decimal(without, decimals),
    signed(influence, decimals),
    "▉".repeat(Math.round((widestBar * Math.abs(influence)) / (most || 1))),
  ]);
}

function largest(reasons: readonly Reason[]): number {
  return reasons.reduce((top, { influence }) => Math.max(top, Math.abs(influence)), 0);
}

/** Two digits of the largest influence, and a third decimal where the small ones need it. */
function decimalsOf(reasons: readonly Reason[]): number {
  const sizes = reasons.map(({ influence }) => Math.abs(influence)).filter((size) => size > 0);
  const least = sizes.reduce((low, size) => Math.min(low, size), Number.POSITIVE_INFINITY);
  return Math.min(decimalsFor(least), decimalsFor(largest(reasons)) + 1);
}

/** An item by its title, where it has one. */
export function nameOf({ item, title }: { readonly item: string; readonly title: string | null }): string {
  return title === null ? `item ${item}` : `"${title}"`;
}
