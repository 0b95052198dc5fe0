/** What forgetting did, or would do, as text: a plain sentence, the figures with their units, what to do next, and what was not reached. */

import { verificationSentence } from "../study/cases/checked-words.ts";
import { type Claim, claimLines } from "../study/cases/plain-words.ts";
import type { Forgetting, Preview } from "../study/verbs/forget.ts";
import type { Certificate } from "../training/certificate.ts";
import { commandLine } from "./next.ts";
import { count, counted, rough, timeText } from "./numbers.ts";
import { startsLines } from "./other-starts.ts";
import { indent, lineWidth, wrap } from "./text.ts";

/** A command to run next, and what for. */
export interface NextCommand {
  readonly command: string;
  readonly what: string;
}

/** The commands that are worth running after forgetting from `folder`. */
export function nextAfter({ out, original, exportable, rows }: Forgetting, folder: string): NextCommand[] {
  const before = original ?? (folder === out ? undefined : folder);
  const commands = [
    { command: commandLine(["lethe", "info", out, "--verify"]), what: "recomputes these figures from the files" },
  ];
  if (before !== undefined && rows > 0)
    commands.push({
      command: commandLine(["lethe", "audit", out, "--original", before]),
      what: "compares with the model before",
    });
  if (exportable)
    commands.push({
      command: commandLine(["lethe", "export", out, "--format", "csv", "--out", `${out.replace(/[/\\]+$/, "")}-csv`]),
      what: "factors for the system that serves them",
    });
  return commands;
}

/** The text of a forgetting. */
export function forgottenLines(report: Forgetting, folder: string, next: readonly NextCommand[]): string[] {
  const { summary, rows, method, out, unknown, caveats, original, receipt, keptItems } = report;
  const asItWas = rows === 0 && method !== "retrain";
  return [
    ...wrap(summary, lineWidth),
    "",
    ...(asItWas ? [] : figureLines(report)),
    ...unknownLines(unknown, rows > 0),
    ...(keptItems.length === 0 ? [] : wrap(keptText(keptItems.length), lineWidth)),
    ...caveats.flatMap((caveat) => wrap(`note: ${caveat}`, lineWidth)),
    `model in ${out}${asItWas ? ", as it was" : ""}`,
    ...(original === undefined
      ? []
      : wrap(`${original} has the model as it was, with what is forgotten here: remove it after the audit`, lineWidth)),
    ...receiptLines(receipt),
    ...(asItWas
      ? []
      : ["", ...nextLines(next), ...notReached(out, [folder, original ?? out]), ...auditLines(report, folder)]),
  ];
}

function figureLines(report: Forgetting): string[] {
  const { rows, interactions, users, items, gone } = report;
  const left = `${count(interactions)} remain, of ${counted(users, "user")} and ${counted(items, "item")}`;
  const emptied = [counted(gone.users, "user"), counted(gone.items, "item")].join(" and ");
  return [
    `${counted(rows, "rating")} forgotten; ${left}`,
    `${emptied} had no other data`,
    ...methodLines({ ...report, certificate: report.certificate as unknown as Certificate }, "on what remains"),
    ...checkedLines(report),
  ];
}

/** What more trainings have shown. */
function checkedLines(report: Forgetting): string[] {
  const { verification, otherStarts, status, certificate } = report;
  const isOptimum = status === "converged" && certificate.scope !== "none";
  return [
    ...(verification === null ? [] : wrap(verificationSentence(verification, isOptimum), lineWidth)),
    ...startsLines(otherStarts, report),
  ];
}

/** How a model was made, how long that took, and what is proved of it. */
export function methodLines(
  report: Claim & Pick<Forgetting, "method" | "seconds" | "passes" | "gradientNormBefore">,
  of: string,
  data?: string,
): string[] {
  const { method, seconds, passes, certificate, gradientNormBefore } = report;
  const slope =
    certificate.gradientNorm === null
      ? []
      : [
          `certificate: ‖∇J‖ ${rough(certificate.gradientNorm)} ${of} (with the old parameters: ${rough(gradientNormBefore)}): the slope that is left of the objective; 0 is its optimum`,
        ];
  return [
    `method "${method}": ${timeText(seconds)}${passes > 0 ? `, ${rough(passes)} passes over the data` : ""}`,
    ...[...claimLines(report, data), ...slope].flatMap((line) => wrap(line, lineWidth)),
  ];
}

/** Where the receipt is, or the receipt. */
function receiptLines(receipt: Forgetting["receipt"]): string[] {
  if (receipt === undefined) return [];
  const { written, file, text = "" } = receipt;
  return written ? [`receipt in ${file}`] : [`the receipt that is not in ${file}:`, ...text.trimEnd().split("\n")];
}

const mostShown = 10;

/** What was asked for and is not there: the count and the first few. */
export function unknownLines({ users, items, interactions }: Forgetting["unknown"], partly: boolean): string[] {
  const names = [...users, ...items, ...interactions.map(({ user, item }) => `${user} with ${item}`)];
  if (names.length === 0) return [];
  const verb = names.length === 1 ? "is" : "are";
  const more = names.length > mostShown ? `, and ${names.length - mostShown} more (--json has all)` : "";
  const why = partly ? "; already forgotten, or never seen" : "";
  return wrap(
    `${names.length} of the request ${verb} not in this model${why}: ${names.slice(0, mostShown).join(", ")}${more}`,
    lineWidth,
  );
}

function keptText(kept: number): string {
  return `${counted(kept, "item")} of them ${kept === 1 ? "keeps its row" : "keep their rows"}, without data: others' data refer to ${kept === 1 ? "it" : "them"}`;
}

function nextLines(next: readonly NextCommand[]): string[] {
  return ["next:", ...next.flatMap(({ command, what }) => [`  ${command}`, ...indent([what], 6)])];
}

/** Where what has gone from the model in `out` may still be; `models` are folders that have it. */
export function notReached(out: string, models: readonly string[]): string[] {
  const others = [...new Set(models)].filter((folder) => folder !== out);
  const places = [...others.map((folder) => `the model in ${folder}`), "the file of interactions", "backups"];
  return wrap(
    `not reached: ${places.join(", ")}, copies and exports of the model before or of the file, logs, and other models of the same data`,
    lineWidth,
  );
}

function auditLines({ out, original }: Forgetting, folder: string): string[] {
  return folder === out && original === undefined
    ? wrap("an audit needs the model as it was before: next time, --keep-original DIR keeps it", lineWidth)
    : [];
}

/** The text of a dry run. */
export function previewLines(preview: Preview): string[] {
  const { summary, rows, interactions, users, items, loses, others, method, estimate, unknown } = preview;
  const time = estimate.seconds === null ? "time unknown" : `about ${timeText(estimate.seconds)}, an estimate`;
  const lines = [
    summary,
    "",
    `${counted(rows, "rating")} would be forgotten; ${count(interactions)} would remain, of ${counted(users, "user")} and ${counted(items, "item")}`,
    ...losingLines(loses, others),
    `method "${method}": ${time} (${estimate.basis})`,
    ...unknownLines(unknown, rows > 0),
  ];
  return lines.flatMap((line) => (line === "" ? [""] : wrap(line, lineWidth)));
}

/** Who would lose all their data, and who among them was not named: once, where nobody was. */
function losingLines(loses: Preview["loses"], others: Preview["others"]): string[] {
  const told = ({ users, items }: Preview["loses"]) => `${listed("user", users)}; ${listed("item", items)}`;
  const size = ({ users, items }: Preview["loses"]) => users.length + items.length;
  if (size(loses) === 0) return [`would lose all their data: ${told(loses)}`];
  if (size(others) === size(loses)) return [`would lose all their data, and none of them is named: ${told(loses)}`];
  return [
    `would lose all their data: ${told(loses)}`,
    `not named, and would lose all their data, too: ${told(others)}`,
  ];
}

function listed(what: string, ids: readonly string[]): string {
  if (ids.length === 0) return `no ${what}`;
  const more = ids.length > mostShown ? `, and ${ids.length - mostShown} more` : "";
  return `${counted(ids.length, what)} (${ids.slice(0, mostShown).join(", ")}${more})`;
}
