/** What judges say, as a report: one table of methods by judges, then every judge by itself, and what it all cost. */

import type { Cell, Part, ReportDocument, Section } from "../../../report/part.ts";
import { numberText } from "../../../report/values.ts";
import type { Judged, JudgedCell, UsedJudge } from "./judged.ts";

/** The report of a judging. */
export function judgedReport(judged: Judged): ReportDocument {
  const { model, players, measures } = judged;
  return {
    title: "Which method of influence may be trusted here?",
    lead: `${model.kind} on ${numberText(model.interactions)} interactions of ${numberText(model.users)} users and ${numberText(model.items)} items; the values of ${players.count} ${players.kind} for ${measures.map(({ name }) => name).join(", ")}.`,
    sections: [
      overview(judged),
      ...judged.judges.map((judge) => ofJudge(judge, judged)),
      cost(judged),
      notes(judged),
      leftOut(judged),
    ].filter(({ parts }) => parts.length > 0),
  };
}

function overview({ rows, judges }: Judged): Section {
  // As short as they may be, so that all judges have room on a line.
  const header = ["method", ...judges.map(({ judge }) => judge), "s", "trained"];
  const body = rows.map(({ method, judgements, seconds, trainings }): Cell[] => [
    method,
    ...judges.map(({ judge }) => thousandths(judgements[judge].value)),
    Number(seconds.toPrecision(2)),
    trainings,
  ]);
  const ceiling = judges.map(({ figures }): Cell => thousandths(figures.ceiling ?? null));
  const judging = [
    "(judges)",
    ...judges.map((): Cell => null),
    Number(sum(judges, "seconds").toPrecision(2)),
    sum(judges, "trainings"),
  ];
  const top = ceiling.some((cell) => cell !== null) ? [["(ceiling)", ...ceiling, null, null]] : [];
  return {
    name: "judgement",
    question: "what do judges say of each method, and what did its values cost, in seconds and models trained?",
    parts: rows.length === 0 ? [] : [table("", header, [...body, ...top, judging])],
  };
}

const thousandths = (value: number | null) => (value === null ? null : Math.round(1000 * value) / 1000);

function sum(judges: readonly UsedJudge[], what: "seconds" | "trainings"): number {
  return judges.reduce((total, judge) => total + judge[what], 0);
}

function ofJudge({ judge, question, better, axis, figures }: UsedJudge, { rows }: Judged): Section {
  const cells = rows.map(({ method, judgements }) => ({ method, ...judgements[judge] }));
  const told = cells.filter(({ value }) => value !== null);
  const names = [...new Set(cells.flatMap((cell) => Object.keys(cell.figures)))];
  const own = Object.entries(figures).map(([label, value]) => ({ label, value: value ?? "not determined" }));
  const refused = cells.flatMap(({ method, reason }) => (reason === null ? [] : [{ label: method, value: reason }]));
  const bars: Part = {
    ...{ kind: "bars", title: "", measure: `${judge}; ${better} is better` },
    bars: told.map(({ method, value, interval }) => ({
      label: method,
      value: value as number,
      interval: interval ?? undefined,
    })),
  };
  return {
    name: judge,
    question,
    parts: [
      ...(told.length === 0 ? [] : [bars]),
      ...(names.length === 0 || told.length === 0
        ? []
        : [
            table(
              "figures",
              ["method", ...names],
              told.map((cell) => [cell.method, ...names.map((name) => cell.figures[name] ?? null)]),
            ),
          ]),
      ...told.flatMap((cell) => curvesOf(cell, axis)),
      ...entries("the judge", own),
      ...entries("could not be judged", refused),
    ],
  };
}

function curvesOf({ method, curves }: JudgedCell & { readonly method: string }, axis: string | null): Part[] {
  const lines = Object.entries(curves).map(([label, points]) => ({ label, points, reference: label === "random" }));
  if (lines.length === 0) return [];
  return [{ kind: "curves", title: method, x: axis ?? "", y: "measure", lines }];
}

function cost({ rows, judges }: Judged): Section {
  const body = judges.map(({ judge, seconds, trainings }): Cell[] => [
    judge,
    seconds,
    trainings,
    ...rows.map(({ judgements }): Cell => judgements[judge].seconds),
  ]);
  const header = ["judge", "seconds", "trainings", ...rows.map(({ method }) => method)];
  return {
    name: "cost",
    question: "what did judging cost, and in seconds what each method took to be asked again?",
    parts: body.length === 0 ? [] : [table("", header, body)],
  };
}

function notes({ rows, judges }: Judged): Section {
  const all = rows.flatMap(({ method, status, notes: own, judgements }) => [
    ...(status === "converged" ? own : [status, ...own]).map((value) => ({ label: method, value })),
    ...judges.flatMap(({ judge }) => {
      const { status: ended, notes: said } = judgements[judge];
      const bad = ended !== null && ended !== "converged" && ended !== status ? [ended] : [];
      return [...bad, ...said].map((value) => ({ label: `${method}, ${judge}`, value }));
    }),
  ]);
  return { name: "notes", question: "what has a reader of the figures to know?", parts: entries("", all) };
}

function leftOut({ skipped, skippedJudges }: Judged): Section {
  const all = [...Object.entries(skipped), ...Object.entries(skippedJudges)];
  const parts = entries(
    "",
    all.map(([label, value]) => ({ label, value })),
  );
  return { name: "left out", question: "what was left out, and why?", parts };
}

function entries(title: string, all: readonly { readonly label: string; readonly value: string | number }[]): Part[] {
  return all.length === 0 ? [] : [{ kind: "numbers", title, entries: all }];
}

function table(title: string, header: readonly string[], rows: readonly (readonly Cell[])[]): Part {
  return { kind: "table", title, header, rows };
}
