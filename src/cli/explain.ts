/** `lethe explain DIR --user ID --item ID`: the ratings that a score rests on. */

import type { Command } from "commander";
import { type Explanation, explain, type Reason } from "../study/explain.ts";
import { openModel } from "../study/model.ts";
import { whole } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";
import { table } from "./table.ts";

interface ExplainFlags {
  readonly user: string;
  readonly item: string;
  readonly method: string;
  readonly positive?: boolean;
  readonly n: number;
  readonly json?: boolean;
  readonly threads?: number;
}

/** Adds the command. */
export function explainCommand(program: Command): void {
  withCommonFlags(
    program
      .command("explain <dir>")
      .description("why is this score what it is: the user's own ratings and others' ratings of the item")
      .requiredOption("--user <id>", "outside id of the user")
      .requiredOption("--item <id>", "outside id of the item")
      .option("--method <name>", "estimator (lethe methods lists them)", "fast-influence")
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

/** The explanation as people read it. */
export function text(found: Explanation): string {
  const lines = [
    `user ${found.user} would rate ${found.title ?? `item ${found.item}`} ${found.score.toFixed(2)} (${found.base.toFixed(2)} before any taste).`,
    "Without the rating below it would be:",
    "",
    reasonTable(`own ratings (${found.ratings.ofUser})`, found.byItem, (r) => r.title ?? `item ${r.item}`),
    "",
    reasonTable(`others' ratings of it (${found.ratings.ofItem})`, found.byUser, (r) => `user ${r.user}`),
    "",
    found.note,
  ];
  if (found.status !== "converged") lines.push(`status: ${found.status}`);
  return lines.join("\n");
}

/** Rows of name, rating, score without it, a bar, and the influence. */
export function reasonTable(title: string, reasons: readonly Reason[], name: (reason: Reason) => string): string {
  const most = Math.max(...reasons.map((r) => Math.abs(r.influence)), 1e-12);
  const digits = most >= 0.01 ? 2 : Math.min(6, 2 - Math.floor(Math.log10(most)));
  const rows = reasons.map((r) => [
    name(r).slice(0, 40),
    String(r.rating),
    r.without.toFixed(Math.max(2, digits)),
    "▉".repeat(Math.round((8 * Math.abs(r.influence)) / most)),
    `${r.influence >= 0 ? "+" : "−"}${Math.abs(r.influence).toFixed(digits)}`,
  ]);
  return table([title, "rating", "score", "", "influence"], rows);
}
