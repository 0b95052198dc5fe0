/** What the finding of an attack shows: the verdict in words, rates with intervals, and the curves beside chance. */

import type { Curves, Numbers, Part, Verdict } from "../../report/part.ts";
import type { MembershipVerdict } from "./equivalence.ts";
import type { MembershipFinding } from "./finding.ts";

/** The parts of a report. */
export function membershipParts(finding: MembershipFinding): readonly Part[] {
  return [verdictPart(finding), numbersPart(finding), curvesPart(finding)];
}

const outcomes: Readonly<Record<MembershipVerdict, Verdict["outcome"]>> = {
  equivalent: "good",
  different: "bad",
  undecided: "open",
  "no power": "open",
  "no floor": "open",
};

function verdictPart(finding: MembershipFinding): Verdict {
  const { verdict, caveats } = finding;
  // A caveat is a reason not to take good news for granted.
  const outcome = verdict === "equivalent" && caveats.length > 0 ? "open" : outcomes[verdict];
  return { kind: "verdict", title: verdict, outcome, text: [verdictText(finding), ...caveats].join(" ") };
}

/** The verdict in two sentences: what was shown, and of which definition of unlearning it is evidence. */
export function verdictText({ verdict, margin, reads, pointsNeeded, points, difference }: MembershipFinding): string {
  const within = `± ${margin} of AUC`;
  const told: Readonly<Record<MembershipVerdict, string>> = {
    equivalent: `The attack does on the unlearned model what it does on the retrained one, within ${within}, and it tells the untouched model from the retrained one.`,
    different: `The attack does ${(difference?.value ?? 0) > 0 ? "better" : "worse"} on the unlearned model than on the retrained one, by more than ${within}.`,
    "no power": `The attack does not tell the untouched model from the retrained one by more than ${within}: it would not see what is left either.`,
    undecided: `The interval of the difference is too wide for ${within}; ${
      pointsNeeded === undefined
        ? "the difference seems to be about as large as that, so that more points would hardly decide"
        : `about ${pointsNeeded} forgotten interactions (there are ${points.members}), and as many times more held-out ones, would decide`
    }.`,
    "no floor":
      "Without a retrained model there is nothing to compare with: an AUC above ½ may be what retraining has, too.",
  };
  return verdict === "equivalent" || verdict === "different"
    ? `${told[verdict]} ${evidence(verdict, reads)}`
    : told[verdict];
}

function evidence(verdict: "equivalent" | "different", reads: MembershipFinding["reads"]): string {
  if (verdict === "different")
    return reads === "outputs"
      ? "Weak unlearning, and with it strong unlearning, is not reached."
      : "Strong unlearning is not reached.";
  return reads === "outputs"
    ? "This is evidence of weak unlearning, as far as this attack sees; of parameters (strong unlearning) it says nothing."
    : "This is evidence of strong unlearning, as far as this attack sees.";
}

function numbersPart(finding: MembershipFinding): Numbers {
  const { difference, power, points } = finding;
  const models = (["original", "unlearned", "retrained"] as const).flatMap((name) => {
    const rates = finding[name];
    return rates === undefined ? [] : [[name, rates] as const];
  });
  const entries = [
    ...models.map(([name, { auc, interval }]) => ({ label: `AUC, ${name}`, value: auc, interval })),
    ...models.map(([name, { accuracy, accuracyInterval }]) => ({
      ...{ label: `accuracy, ${name}`, value: accuracy, interval: accuracyInterval },
    })),
    ...models.map(([name, { tprAt1, tprAt1Interval }]) => ({
      ...{ label: `true positives at 1 % false ones, ${name}`, value: tprAt1, interval: tprAt1Interval },
    })),
    ...(difference ? [{ label: "AUC, unlearned − retrained", ...difference }] : []),
    ...(power ? [{ label: "AUC, original − retrained", ...power }] : []),
    { label: "forgotten interactions", value: points.members },
    { label: "of these without a user or an item left", value: points.gone },
    { label: "held-out interactions", value: points.nonMembers },
  ];
  return { kind: "numbers", title: "how well members are told from others", entries };
}

function curvesPart({ roc }: MembershipFinding): Curves {
  const lines = [
    { label: "original", points: roc.original },
    { label: "unlearned", points: roc.unlearned },
    ...(roc.retrained ? [{ label: "retrained", points: roc.retrained, reference: true }] : []),
    { label: "chance", points: [[0, 0] as const, [1, 1] as const], reference: true },
  ];
  return { kind: "curves", title: "ROC", x: "held-out called members", y: "forgotten called members", lines };
}
