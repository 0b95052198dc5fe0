/** Can a network tell from embeddings what was trained on? */

import { LetheError } from "../errors.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { method } from "../method/method.ts";
import type { Bars, Part } from "../report/part.ts";
import type { Audit, AuditSubject } from "./audit.ts";
import { drawnInteractions, drawnUsers } from "./membership/drawing.ts";
import { missingEmbeddings, type Query, queriesOf } from "./membership/embeddings.ts";
import {
  attackSettings,
  type ByModel,
  findingOf,
  forEachModel,
  type MembershipFinding,
  mapModels,
} from "./membership/finding.ts";
import { type Distribution, distributionOf, type OracleQueries, oracleOf } from "./membership/oracle.ts";
import { membershipParts } from "./membership/parts.ts";
import { type MembershipPoints, membershipPoints, missingPoints } from "./membership/points.ts";

/** What the attacker found, and what it says of the forgotten points. */
export interface OracleFinding extends MembershipFinding {
  /** The probability of the forgotten points to have been trained on. */
  readonly probability: ByModel<Distribution>;
  /** The points that an attacker was trained on, and its AUC on them. */
  readonly attacker: ByModel<{ readonly points: number; readonly auc: number }>;
}

const settings = {
  ...attackSettings,
  of: { summary: "what is asked about", standard: "interactions", choices: ["interactions", "users"] },
  form: {
    summary: "held-out points and scaled inputs; or, as printed, forgotten points labelled as untrained",
    standard: "corrected",
    choices: ["corrected", "printed"],
  },
  epochs: { summary: "epochs of the attacker", standard: 100, least: 1 },
  batch: { summary: "points of a step of its training", standard: 128, least: 1 },
  learningRate: { summary: "its learning rate", standard: 0.001, above: 0 },
} as const;

/** What is said beside the printed form's numbers. */
const printedCaveat =
  "As printed, the attacker is trained with the forgotten points as ones that were not trained on: that it calls them so is what it was told, not what it found.";

/**
 * The membership inference oracle (Li et al. 2024, §5.2): a network of 64, 16 and 4 units reads the user's and the item's embedding. Corrected: it learns
 * remaining interactions from half of the held-out ones, of the same model, and is asked about the forgotten ones and the other half.
 */
export const membershipOracle = method({
  name: "membership-oracle",
  summary: "membership attack by a network on embeddings, with the retrained floor",
  source: "Li, Chen, Zheng, Zhang, Gong and Wang (2024), §5.2",
  needs: [],
  settings,
  cost: "a training",
  make: (given): Audit<OracleFinding> => ({
    question: "can a network tell from embeddings what was trained on?",
    missing: (subject) => missingPoints(subject) ?? missingEmbeddings(subject.unlearned.trained),
    async run(subject, run) {
      const { points: most, form } = given;
      const points = await membershipPoints(subject, { ...given, heldOut: 2 * most }, run.yieldToEventLoop);
      const queries = await queriesFor(subject, points, given as OracleChoice, run);
      const attackerSettings = { ...given, standardised: form === "corrected" };
      const answers = await forEachModel(subject, run, (model, part) =>
        oracleOf(model, queries, attackerSettings, part),
      );
      const scores = mapModels(answers, ({ members, nonMembers }) => ({ members, nonMembers, threshold: 0.5 }));
      const caveats = form === "printed" ? [printedCaveat] : [];
      return {
        ...(await findingOf(scores, points, given, { reads: "parameters", caveats }, run)),
        probability: mapModels(answers, ({ members }) => distributionOf(members)),
        attacker: mapModels(answers, ({ trained, trainingAuc }) => ({ points: trained, auc: trainingAuc })),
      };
    },
    parts: (finding) => [...membershipParts(finding), probabilityPart(finding), histogramPart(finding)],
  }),
});

interface OracleChoice {
  readonly of: "interactions" | "users";
  readonly form: "corrected" | "printed";
  readonly points: number;
  readonly seed: number;
}

/** Who is told to the attacker, in two classes of one size, and who is asked about. */
async function queriesFor(
  { unlearned }: AuditSubject,
  points: MembershipPoints,
  { of, form, points: most, seed }: OracleChoice,
  { yieldToEventLoop }: RunContext,
): Promise<OracleQueries> {
  const members = queriesOf(points.members, of);
  const heldOut = queriesOf(points.nonMembers, of);
  if (heldOut.length < 2)
    throw new LetheError("bad-input", "an attacker learns from half of the held-out points; there is one", "give more");
  // Alternate points of an order that was drawn are a half that was drawn.
  const nonMembers = form === "printed" ? heldOut : heldOut.filter((_, k) => k % 2 === 1);
  const others = form === "printed" ? [...members, ...heldOut] : heldOut.filter((_, k) => k % 2 === 0);
  const wanted = { points: Math.min(most, others.length), seed };
  const retained =
    of === "users"
      ? queriesOf(await drawnUsers(unlearned, wanted, yieldToEventLoop), of)
      : queriesOf(await drawnInteractions(unlearned, wanted, yieldToEventLoop), of);
  const count = Math.min(most, others.length, retained.length);
  const first = (list: readonly Query[]) => list.slice(0, count);
  return { trainedMembers: first(retained), trainedOthers: first(others), members, nonMembers };
}

function probabilityPart({ probability, attacker }: OracleFinding): Part {
  const means = Object.entries(probability).map(([name, { mean }]: [string, Distribution]) => ({
    label: `mean probability of the forgotten points, ${name}`,
    value: mean,
  }));
  const own = Object.entries(attacker).map(([name, { auc }]: [string, { readonly auc: number }]) => ({
    label: `AUC on what the attacker learned from, ${name}`,
    value: auc,
  }));
  return { kind: "numbers", title: "what the attacker says", entries: [...means, ...own] };
}

function histogramPart({ probability }: OracleFinding): Part {
  const bars = Object.entries(probability).flatMap(([series, { histogram }]: [string, Distribution]) => {
    const total = histogram.reduce((sum, count) => sum + count, 0);
    return histogram.map((count, tenth) => ({
      label: `${tenth / 10} to ${(tenth + 1) / 10}`,
      series,
      value: count / total,
    }));
  });
  const title = "how probable the attacker finds it that the forgotten points were trained on";
  return { kind: "bars", title, measure: "share of the forgotten points", bars } satisfies Bars;
}
