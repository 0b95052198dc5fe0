/** A comparison as a report: the recommendation, what each method leaves and costs, verdicts, and what was left out. */

import type { Cell, Part, ReportDocument, Section, TablePart } from "../../../report/part.ts";
import { numberText } from "../../../report/values.ts";
import type { ComparedMethod, Comparison, Left } from "./comparison.ts";
import { worstOf } from "./recommendation.ts";

/** The report of a comparison. */
export function comparisonReport(comparison: Comparison): ReportDocument {
  const { model, request } = comparison;
  const rule = request.rule === null ? "as named" : `by the rule ${request.rule}`;
  return {
    title: "Which unlearner may be trusted with this request?",
    lead: `${model.kind} on ${numberText(model.interactions)} interactions of ${numberText(model.users)} users and ${numberText(model.items)} items; ${numberText(request.interactions)} interactions of ${numberText(request.users)} users are forgotten, ${rule}.`,
    sections: [recommended, leftSection, costSection, testSection, verdictSection, auditSection, skippedSection]
      .map((section) => section(comparison))
      .filter(({ parts }) => parts.length > 0),
  };
}

function recommended({ recommendation: { method, rule, reason }, reference, within }: Comparison): Section {
  const noisy = !(worstOf(reference.floor).share < within);
  const outcome = method !== null ? "good" : noisy ? "open" : "bad";
  return {
    name: "recommendation",
    question: "which method may be trusted with this request?",
    parts: [
      {
        kind: "verdict",
        title: `${method ?? "no method"} is recommended`,
        outcome,
        text: reason.replace(/^none: /, ""),
      },
      { kind: "numbers", title: "how it is chosen", entries: [{ label: "rule", value: rule }] },
    ],
  };
}

function leftSection({ rows, reference, within }: Comparison): Section {
  const pairs = Object.keys(reference.floor);
  const of = (left: Left) => pairs.map((name): Cell => left[name] ?? null);
  // The row of `retrain` is the floor.
  const floor: Cell[][] = rows.some(({ method }) => method === "retrain")
    ? []
    : [["(floor of retraining)", ...of(reference.floor), null, null]];
  const bars = rows.flatMap(({ method, left }) =>
    pairs.flatMap((series) => {
      const value = left[series] ?? null;
      return value === null ? [] : [{ label: method, series, value }];
    }),
  );
  return {
    name: "distance",
    question: "how much of the distance from the original to the retrained model is left?",
    parts: [
      table(
        "share of the distance left, by kind of pairs",
        ["method", ...pairs, "top lists shared", "‖∇J‖"],
        [
          ...rows.map(({ method, left, topItems, gradientNorm }) => [method, ...of(left), topItems, gradientNorm]),
          ...floor,
        ],
      ),
      { kind: "bars", title: "distance left", measure: "share of the distance, original to retrained", bars },
      ...distanceByPasses(rows, within),
    ],
  };
}

/** Points on logarithmic axes: what is zero has no place there. */
function distanceByPasses(rows: readonly ComparedMethod[], tolerance: number): Part[] {
  const lines = rows
    .map(({ method, passes, left }) => ({ label: method, points: [[passes, worstOf(left).share]] as const }))
    .filter(({ points: [[passes, share]] }) => passes > 0 && share > 0 && Number.isFinite(share));
  if (lines.length === 0) return [];
  const passes = lines.map(({ points: [[x]] }) => x);
  const ends = [Math.min(...passes), Math.max(...passes)].map((x) => [x, tolerance] as const);
  return [
    {
      ...{ kind: "curves", title: "distance left by cost", log: "both" },
      ...{ x: "passes over the data", y: "largest share of the distance left" },
      lines: [...lines, { label: "tolerance", points: ends, reference: true }],
    },
  ];
}

function costSection({ rows, reference }: Comparison): Section {
  const own = rows.flatMap(({ method, own: figures }): Cell[][] =>
    figures ? [[`(${method}: training)`, figures.seconds, figures.passes, null, null]] : [],
  );
  const parts = [
    table(
      "cost, and how many times less than retraining",
      ["method", "seconds", "passes", "times faster", "times fewer passes"],
      [
        ...rows.map(({ method, seconds, passes, times, timesPasses }) => [method, seconds, passes, times, timesPasses]),
        ["(reference)", reference.seconds, reference.passes, 1, 1],
        ...own,
      ],
    ),
  ];
  return { name: "cost", question: "what does each cost, beside retraining?", parts };
}

function testSection({ rows, model, reference }: Comparison): Section {
  const figures = [
    { method: "(original)", test: model.test },
    { method: "(reference)", test: reference.test },
    ...rows,
  ].flatMap(({ method, test }): Cell[][] => (test ? [[method, test.rmse, test.hr]] : []));
  return {
    name: "test",
    question: "is the model still as good on the test file?",
    parts: figures.length === 0 ? [] : [table("on the test file", ["method", "RMSE", "HR@10"], figures)],
  };
}

function verdictSection({ rows }: Comparison): Section {
  const entries = rows.map(({ method, guarantee, verdict, caveats }) => ({
    label: method,
    value: [guarantee, verdict, ...caveats].join("; "),
  }));
  return {
    name: "guarantees",
    question: "what does each prove, and what do its numbers not show?",
    parts: told("guarantee, certificate and caveats", entries),
  };
}

function auditSection({ rows }: Comparison): Section {
  return {
    name: "audits",
    question: "what do audits say?",
    parts: rows.flatMap(({ method, audits }) =>
      Object.entries(audits).map(([audit, said]): Part => ({ kind: "verdict", title: `${method}, ${audit}`, ...said })),
    ),
  };
}

function skippedSection({ skipped, skippedAudits }: Comparison): Section {
  const all = [...Object.entries(skipped), ...Object.entries(skippedAudits)];
  return {
    name: "left out",
    question: "what was left out, and why?",
    parts: told(
      "left out",
      all.map(([label, value]) => ({ label, value })),
    ),
  };
}

/** Words under names: they are as long as they are, and a table would cut them. */
function told(title: string, entries: readonly { readonly label: string; readonly value: string }[]): Part[] {
  return entries.length === 0 ? [] : [{ kind: "numbers", title, entries }];
}

function table(title: string, header: readonly string[], rows: readonly (readonly Cell[])[]): TablePart {
  return { kind: "table", title, header, rows };
}
