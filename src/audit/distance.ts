/** How far apart are the predictions, and how much of the way to the retrained model is left? */

import { method } from "../method/method.ts";
import type { Part } from "../report/part.ts";
import type { Audit, AuditedModel, NamedPairs } from "./audit.ts";
import { randomPairs, scoresByIds } from "./names.ts";

/** Differences of two models' scores on one set of pairs, in rating units. */
export interface Difference {
  readonly pairs: number;
  readonly rms: number;
  readonly largest: number;
}

/** Differences on one set of pairs. Without a retrained model the two comparisons with it are absent. */
export interface DistanceOnPairs {
  readonly unlearnedToOriginal: Difference;
  readonly unlearnedToRetrained?: Difference;
  readonly originalToRetrained?: Difference;
  /** rms(unlearned, retrained) / rms(original, retrained): 1 when nothing was done, 0 when all was. */
  readonly left?: number;
}

/** By kind of pairs: random ones, the test's where given, and the forgotten. */
export type DistanceFinding = Readonly<Record<string, DistanceOnPairs>>;

/** Distance in predictions on random, test and forgotten pairs. */
export const distance = method({
  name: "distance",
  summary: "differences of predictions from the original's and the retrained model's",
  source: "definition",
  needs: [],
  settings: {
    pairs: { summary: "random pairs that are compared", standard: 10_000, least: 1 },
    seed: { summary: "seed of these pairs", standard: 1, least: 0 },
  },
  cost: "closed form",
  make: ({ pairs: count, seed }): Audit<DistanceFinding> => ({
    question: "how far are the predictions from the original's and from the retrained model's?",
    async run({ original, unlearned, retrained, forgotten, test }, run) {
      const sets: [string, NamedPairs | undefined][] = [
        ["random", randomPairs(unlearned, count, seed)],
        ["forgotten", forgotten],
        ["test", test],
      ];
      const finding: Record<string, DistanceOnPairs> = {};
      for (const [name, pairs] of sets) {
        await run.yieldToEventLoop();
        if (pairs !== undefined && pairs.users.length > 0)
          finding[name] = compare(original, unlearned, retrained, pairs);
      }
      return finding;
    },
    parts: distanceParts,
  }),
});

const comparisons = {
  unlearnedToOriginal: "unlearned, original",
  unlearnedToRetrained: "unlearned, retrained",
  originalToRetrained: "original, retrained",
};

/** What is left as bars, where there is a retrained model to compare with; and all differences. */
function distanceParts(finding: DistanceFinding): Part[] {
  const sets = Object.entries(finding);
  const bars = sets.flatMap(([label, { left }]) =>
    left === undefined ? [] : [{ label: `${label} pairs`, value: left }],
  );
  const rows = sets.flatMap(([label, on]) =>
    Object.entries(comparisons).flatMap(([key, between]) => {
      const found = on[key as keyof typeof comparisons];
      return found === undefined ? [] : [[label, between, found.pairs, found.rms, found.largest]];
    }),
  );
  return [
    ...(bars.length === 0
      ? []
      : [
          {
            kind: "bars" as const,
            title: "What is left of the way to the retrained model",
            measure:
              "RMS distance to the retrained model, as a share of the original's (1: nothing was done, 0: all was)",
            whole: 1,
            bars,
          },
        ]),
    {
      kind: "table",
      title: "Differences of scores, in the unit of the scores",
      header: ["pairs", "between", "number", "RMS", "largest"],
      rows,
    },
  ];
}

function compare(
  original: AuditedModel,
  unlearned: AuditedModel,
  retrained: AuditedModel | undefined,
  pairs: NamedPairs,
): DistanceOnPairs {
  const before = scoresByIds(original, pairs);
  const after = scoresByIds(unlearned, pairs);
  const unlearnedToOriginal = difference(after, before);
  if (retrained === undefined) return { unlearnedToOriginal };
  const truth = scoresByIds(retrained, pairs);
  const unlearnedToRetrained = difference(after, truth);
  const originalToRetrained = difference(before, truth);
  const left = originalToRetrained.rms > 0 ? unlearnedToRetrained.rms / originalToRetrained.rms : 0;
  return { unlearnedToOriginal, unlearnedToRetrained, originalToRetrained, left };
}

function difference(a: Float64Array, b: Float64Array): Difference {
  let sum = 0;
  let largest = 0;
  for (let k = 0; k < a.length; k++) {
    sum += (a[k] - b[k]) ** 2;
    largest = Math.max(largest, Math.abs(a[k] - b[k]));
  }
  return { pairs: a.length, rms: Math.sqrt(sum / a.length), largest };
}
