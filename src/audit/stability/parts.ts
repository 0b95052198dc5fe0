/** The finding about stability as a report shows it: a verdict, how near the changes come to each bound, and the trials by kind. */

import type { Part } from "../../report/part.ts";
import type { InfluenceStabilityFinding } from "./experiment.ts";
import { bounds } from "./tally.ts";

const names = {
  intermediate: "printed, the line before the last",
  printed: "printed, the last line",
  corrected: "corrected",
  correctedWhole: "corrected, ∇ℓ moving too",
} as const;

/** A verdict on each bound, the changes over the bounds, and a table. */
export function stabilityParts(finding: InfluenceStabilityFinding): readonly Part[] {
  const { kinds, quantiles } = finding;
  return [
    ...bounds.map((name) => verdictOf(finding, name)),
    {
      kind: "curves",
      title: "Changes of an influence over their bounds",
      x: "share of the trials, %",
      y: "change / bound",
      log: "y",
      lines: [
        ...bounds.map((name) => ({
          label: names[name],
          points: Object.entries(quantiles)
            .map(([share, found]) => [Number.parseFloat(share), found[name]] as const)
            .filter(([, ratio]) => ratio > 0),
        })),
        {
          label: "the bound",
          reference: true,
          points: [
            [0, 1],
            [100, 1],
          ],
        },
      ],
    },
    {
      kind: "table",
      title: "Violations, by what the two ratings share",
      header: ["shared", "trials", "changed", ...bounds.map((name) => names[name]), "the same without |sᵀΔ∇ℓ|"],
      rows: Object.entries(kinds).map(([kind, { trials, changed, violations, withoutSharedRow }]) => [
        kind,
        ...[trials, changed, ...bounds.map((name) => violations[name]), withoutSharedRow],
      ]),
    },
  ];
}

function verdictOf({ violations, worst, changed }: InfluenceStabilityFinding, name: (typeof bounds)[number]): Part {
  const most = worst[name];
  const nothing = most === null;
  const text = nothing
    ? "no influence changed by more than rounding"
    : `${violations[name]} of ${changed} changes are larger; the largest is ${most.toPrecision(3)} times the bound`;
  const outcome = violations[name] > 0 ? "bad" : name.startsWith("corrected") && !nothing ? "good" : "open";
  return { kind: "verdict", title: `Bound: ${names[name]}`, outcome, text };
}
