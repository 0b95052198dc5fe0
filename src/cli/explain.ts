/** `lethe explain DIR --user ID --item ID`: the ratings that a score rests on. */

import type { Command } from "commander";
import { readGroupedPairs, readPairs } from "../data/reading/pairs.ts";
import { LetheError } from "../errors.ts";
import type { SolveStatus } from "../linear/solver.ts";
import type { ValueKind } from "../method/method.ts";
import { sectionLines } from "../report/index.ts";
import { csvLines, reasonTable } from "../study/cases/answer-tables.ts";
import { distributionSection } from "../study/cases/explain-distribution.ts";
import { askedInWords } from "../study/cases/explain-report.ts";
import type { Explanation, PlayerExplanation, Reason } from "../study/cases/explanation.ts";
import { kindOfValue } from "../study/choosing/methods.ts";
import { explain, folderStore, type Verb } from "../study/verbs/index.ts";
import { csvPlace, csvSpelling } from "./csv.ts";
import { argumentSummary, setSpelling, withFlags } from "./flags.ts";
import { count, counted, decimal, decimalsFor, signed } from "./numbers.ts";
import { pairColumns, path } from "./options.ts";
import { warnOfLeftovers, writtenLines } from "./output.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { bad, faint, good, strong } from "./style.ts";
import { table } from "./table.ts";
import { cut, indent, lineWidth, wrap } from "./text.ts";

interface ExplainFlags extends CommonFlags {
  readonly set?: unknown;
  readonly group?: string;
  readonly pairs?: string;
  readonly columns?: string;
  readonly n: number;
}

/** Adds the command. */
export function explainCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("explain")
        .description(explain.summary)
        .argument("<dir>", argumentSummary(explain as Verb, "folder"), path),
      explain as Verb,
      ["folder"],
      {
        user: { flag: "--user <id>" },
        item: { flag: "--item <id>" },
        settings: setSpelling,
        count: { flag: "-n <count>" },
        pairs: {
          flag: "--pairs <file>",
          summary:
            "lines of user,item: each by itself; beside --user and --item they are asked about together with these",
          parse: path,
        },
        csv: csvSpelling,
        html: { flag: "--html <file>" },
        groups: {
          flag: "--group <file>",
          summary: "lines of group,user,item: the part of each named group",
          parse: path,
        },
      },
    ).addOption(pairColumns()),
  ).action(
    (folder: string, { json, threads, set, group, pairs: file, columns, n, csv: place, ...fields }: ExplainFlags) =>
      run({ json, threads }, async ({ console, run: context }) => {
        const { csv, toStdout } = csvPlace(place, json);
        const groups = group === undefined ? undefined : await groupsIn(group);
        const pairs = await pairsIn(file, columns);
        const request = explain.parse({ folder, settings: set, groups, pairs: pairs?.pairs, count: n, csv, ...fields });
        const found = await explain.run(request, context("explain "), folderStore).catch((error) => {
          throw atLine(error, file, pairs?.lines);
        });
        console.result(found, () => (toStdout ? csvLines(reasonTable, eachOf(found)) : textOf(found)));
        warnOfLeftovers(console, found.csv ?? ("html" in found ? found.html : undefined) ?? "", found.leftovers);
        return exitStatus(found.status);
      }),
  );
}

type Found = Awaited<ReturnType<typeof explain.run>>;
type FoundOne = Exclude<Found, { readonly pairs: number }>;

const eachOf = (found: Found): readonly FoundOne[] => ("pairs" in found ? (found.explanations ?? []) : [found]);

function textOf(found: Found): string[] {
  const each = eachOf(found).flatMap((one) => ["byPlayer" in one ? playersText(one) : text(one)]);
  const told = each.flatMap((lines, k) => (k === 0 ? lines : ["", ...lines]));
  if (!("pairs" in found) || found.explanations !== undefined) return [...told, ...writtenLines(found)];
  return [
    `${counted(found.pairs, "pair")} explained`,
    ...writtenLines(found).slice(1),
    ...wrap(statusNotes[found.status], lineWidth)
      .filter((line) => line !== "")
      .map(bad),
  ];
}

async function pairsIn(file: string | undefined, columns: string | undefined) {
  if (file === undefined && columns === undefined) return undefined;
  if (file === undefined)
    throw new LetheError("bad-input", "--columns is for a file of pairs", "leave it out, or give --pairs FILE");
  const { users, items, lines } = await readPairs(file, "pairs to explain", { columns });
  return { pairs: { users: [...users], items: [...items] }, lines };
}

/** An error about a pair of the file, with its line. */
function atLine(error: unknown, file: string | undefined, lines: readonly number[] = []): unknown {
  const [, pair] = error instanceof LetheError ? (/^pairs\.(\d+)$/.exec(error.place ?? "") ?? []) : [];
  if (pair === undefined) return error;
  const { code, message, advice } = error as LetheError;
  const header = pair === "0" ? "; if this line is a header, give --columns" : "";
  return new LetheError(code, `${file}, line ${lines[Number(pair)]}: ${message}`, `${advice ?? ""}${header}`, "pairs");
}

/** The groups of a file, by name in order of first appearance. */
async function groupsIn(file: string): Promise<{ name: string; users: string[]; items: string[] }[]> {
  const { groups, users, items } = await readGroupedPairs(file, "groups of interactions");
  const found = new Map<string, { name: string; users: string[]; items: string[] }>();
  groups.forEach((name, k) => {
    const group = found.get(name) ?? { name, users: [], items: [] };
    group.users.push(users[k]);
    group.items.push(items[k]);
    found.set(name, group);
  });
  return [...found.values()];
}

function exitStatus(status: SolveStatus): number {
  return status === "breakdown" || status === "step-limit" ? 1 : 0;
}

function playersText(found: PlayerExplanation): string[] {
  const one = found.players.slice(0, -1);
  const rows = found.byPlayer.map(({ player, title, rows: count_, without, influence, interval }) => [
    cut(title === null ? player : `"${title}"`, 30),
    count(count_),
    without === null ? none : decimal(without, 4),
    `${signed(influence, decimalsFor(Math.abs(influence)))}${marginOf(influence, interval)}`,
  ]);
  const score = found.unit === "score" ? "scores" : "would rate";
  return [
    ...wrap(
      found.joint === undefined
        ? `user ${found.user} ${score} ${nameOf(found)} ${decimal(found.score, 2)}. ${restLine(found, one)}`
        : `${askedInWords(found)}: ${decimal(found.score, 2)}. ${restLine(found, one)}`,
      lineWidth,
    ),
    "",
    ...indent(table([[one, "rows", "score", "influence"], ...rows], { right: [1, 2, 3] }), 2),
    "",
    ...wrap(found.note, lineWidth).map(faint),
    ...wrap(statusNotes[found.status], lineWidth)
      .filter((line) => line !== "")
      .map(bad),
  ];
}

function text(found: Explanation): string[] {
  return [
    ...scoreLines(found, lineWidth),
    "",
    ...indent(reasonLines(found, lineWidth - 2), 2),
    "",
    ...(found.distribution
      ? [...sectionLines(distributionSection(found.distribution, found.unit), lineWidth), ""]
      : []),
    ...wrap(found.note, lineWidth).map(faint),
    ...wrap(validityLine(found), lineWidth)
      .filter((line) => line !== "")
      .map(faint),
    ...wrap(statusNotes[found.status], lineWidth)
      .filter((line) => line !== "")
      .map(bad),
  ];
}

/** How far the rows may move before the first of these influences is stale; empty where it was not asked. */
function validityLine({ byItem, byUser, staleWithin, unit }: Explanation): string {
  if (staleWithin === undefined) return "";
  const all = [...byItem, ...byUser].map(({ validWithin }) => validWithin ?? null);
  const told = all.filter((one) => one !== null);
  if (told.length === 0) return "for none of these influences can be told how far the rows may move";
  const first = told.reduce((least, one) => (one.distance < least.distance ? one : least));
  const rest = all.length - told.length;
  const untold = rest === 0 ? "" : `; for ${rest} of them no distance can be told`;
  return `these influences stay right to ${staleWithin} ${unit} units while the rows of the user and the item move by at most ${first.distance.toPrecision(3)} (the score by at most ${first.score.toPrecision(3)}), all else held${untold}`;
}

const statusNotes: Readonly<Record<SolveStatus, string>> = {
  converged: "",
  "step-limit": "NOT converged: the solver stopped at its step limit, and these influences are rough",
  breakdown: "NOT converged: the solver broke down, and these influences mean nothing",
  "negative-curvature": "the model is not at a minimum here: where curvature was negative, its positive part was used",
};

/** What the score is, and how to read what follows. */
export function scoreLines(found: Explanation, width: number): string[] {
  if (found.joint !== undefined)
    return [...wrap(`${askedInWords(found)}: ${decimal(found.score, 2)}`, width), restLine(found, "row")];
  if (found.unit === "score") {
    const score = `user ${found.user} scores ${nameOf(found)} at ${decimal(found.score, 2)}.`;
    return [...wrap(score, width), restLine(found, "interaction")];
  }
  const score = `user ${found.user} would rate ${nameOf(found)} ${decimal(found.score, 2)}`;
  const base = found.baseOf === null ? "" : ` (${found.baseOf} alone: ${decimal(found.base, 2)})`;
  return [...wrap(`${score}${base}.`, width), restLine(found, "rating")];
}

/** What stands where there is no score without a row. */
const none = "–";

/** What the column of scores holds; a share of a score is not what goes with its row. */
function restLine({ method }: Pick<Explanation, "method">, row: string): string {
  const lines: Readonly<Record<ValueKind, string>> = {
    influence: `Without the ${row} below it would be:`,
    share: `Less the share of the ${row} below that is:`,
    relative: `What each ${row} below does to it, relative to what it does to the model:`,
    vote: `What each ${row} below adds to a vote on it:`,
  };
  return lines[kindOfValue(method)];
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
  return reasons.map(({ rating, without, influence, interval }) => [
    String(Number(rating.toPrecision(6))),
    without === null ? none : decimal(without, decimals),
    `${signed(influence, decimals)}${marginOf(influence, interval)}`,
    "▉".repeat(Math.round((widestBar * Math.abs(influence)) / (most || 1))),
  ]);
}

/** Half the interval, where there is one; a question mark where it is not determined. */
function marginOf(influence: number, interval: Reason["interval"]): string {
  if (interval === undefined) return "";
  return interval === null
    ? " ± ?"
    : ` ± ${Math.max(interval[1] - influence, influence - interval[0]).toExponential(0)}`;
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
