/** A comparison with leave-one-out as a report, as a figure and as a table of text. */

import { csvLine } from "../../../exchange/foreign/csv-cells.ts";
import type { Cell, Part, Points, ReportDocument, Section } from "../../../report/part.ts";
import { numberText } from "../../../report/values.ts";
import type { Fidelity, FidelityMethod } from "./fidelity.ts";

/** The report: a table of methods, what it means, the scatter, and what a reader has to know. */
export function fidelityReport(fidelity: Fidelity): ReportDocument {
  const { model, pairs, rows, truth } = fidelity;
  const each = rows === 1 ? "the row" : `the ${rows} rows`;
  return {
    title: "How near do methods of influence come to training again?",
    lead: `${model.kind} on ${numberText(model.interactions)} interactions of ${numberText(model.users)} users and ${numberText(model.items)} items; ${pairs} pairs, of each ${each} of its user and item whose influence a method finds largest; ${truth.trainings} trainings without one row in ${Number(truth.seconds.toPrecision(2))} s.`,
    sections: [table(fidelity), scatter(fidelity), notes(fidelity), leftOut(fidelity)].filter(
      ({ parts }) => parts.length > 0,
    ),
  };
}

/** Every point of every method: what training again finds, and what the method says. */
export function fidelityScatter({ methods, unit }: Fidelity): Points {
  return {
    kind: "points",
    title: "Influence of a row on the score of a pair",
    x: `by training again without the row, in ${unit} units`,
    y: "by the method",
    diagonal: true,
    groups: methods.map(({ method, points }) => ({
      label: method,
      points: points.map(({ truth, estimate }) => ({ x: truth, y: estimate })),
    })),
  };
}

/** All points as CSV, method by method. */
export function fidelityCsv({ methods }: Fidelity): string {
  const header = ["method", "user", "item", "row_user", "row_item", "influence", "leave_one_out"];
  const lines = methods.flatMap(({ method, points }) =>
    points.map(({ user, item, ofUser, ofItem, estimate, truth }) => [
      method,
      user,
      item,
      ofUser,
      ofItem,
      estimate,
      truth,
    ]),
  );
  return [header, ...lines].map(csvLine).join("");
}

function table({ methods }: Fidelity): Section {
  const header = ["method", "Pearson", "Spearman", "slope", "error", "s a pair"];
  const rows = methods.map(({ method, pearson, spearman, slope, medianError, secondsAPair }): Cell[] => [
    method,
    ...[pearson, spearman, slope].map((value) => (value === null ? null : Math.round(1e4 * value) / 1e4)),
    medianError === null ? null : Number(medianError.toPrecision(2)),
    Number(secondsAPair.toPrecision(2)),
  ]);
  const best = nearest(methods);
  const said: Part[] =
    best === undefined ? [] : [{ kind: "verdict", title: "", outcome: outcomeOf(best), text: meaningOf(best) }];
  return {
    name: "fidelity",
    question: "how near does each come? error: the median of |influence − truth| / |truth|",
    parts: methods.length === 0 ? [] : [{ kind: "table", title: "", header, rows }, ...said],
  };
}

/** The method that errs least, of those that nobody had to train for. */
function nearest(methods: readonly FidelityMethod[]): FidelityMethod | undefined {
  const told = methods.filter(({ method, medianError }) => medianError !== null && method !== "leave-one-out");
  return [...told].sort((a, b) => (a.medianError as number) - (b.medianError as number))[0];
}

/** Of fewer points a correlation says nothing: of two it is 1 or −1. */
const fewest = 5;

const closely = ({ pearson }: FidelityMethod) => pearson !== null && pearson >= 0.9;
const enough = ({ points }: FidelityMethod) => points.length >= fewest;

function outcomeOf(method: FidelityMethod): "good" | "bad" | "open" {
  if (!enough(method)) return "open";
  if (!closely(method)) return "bad";
  return (method.medianError as number) <= 0.2 ? "good" : "open";
}

/** What the figures of the nearest method mean, in one sentence. */
function meaningOf(best: FidelityMethod): string {
  const { method, medianError } = best;
  const end = {
    good: "it may stand in for training again on this model",
    open: enough(best)
      ? "trust the order of its influences more than their sizes"
      : "so few pairs do not tell whether that is so in general",
    bad: "it does not foretell here what training again would show",
  };
  return `${method} comes nearest: half of its influences are ${howFar(medianError as number)}; ${end[outcomeOf(best)]}.`;
}

function howFar(error: number): string {
  const shows = "what training again without the row shows";
  if (error <= 1) return `within ${Number((100 * error).toPrecision(2))} % of ${shows}`;
  return `off by more than ${Number(error.toPrecision(2))} times ${shows}`;
}

function scatter(fidelity: Fidelity): Section {
  const some = fidelity.methods.some(({ points }) => points.length > 0);
  return {
    name: "rows",
    question: "what does each row do to its pair, by training again and by the method? On the line they agree.",
    parts: some ? [fidelityScatter(fidelity)] : [],
  };
}

function notes({ methods, truth }: Fidelity): Section {
  const entries = methods.flatMap(({ method, status, notes: own }) =>
    [...(status === "converged" ? [] : [status]), ...own].map((value) => ({ label: method, value })),
  );
  if (truth.status !== "converged") entries.unshift({ label: "trainings", value: truth.status });
  return { name: "notes", question: "what has a reader of the figures to know?", parts: numbers(entries) };
}

function leftOut({ skipped }: Fidelity): Section {
  const entries = Object.entries(skipped).map(([label, value]) => ({ label, value }));
  return { name: "left out", question: "what was left out, and why?", parts: numbers(entries) };
}

function numbers(entries: readonly { readonly label: string; readonly value: string }[]): Part[] {
  return entries.length === 0 ? [] : [{ kind: "numbers", title: "", entries }];
}
