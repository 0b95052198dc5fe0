/** How much work is left from the unlearned parameters to the retrained model, and how much from the original's? */

import type { RunContext } from "../kernel/run-context.ts";
import { method } from "../method/method.ts";
import { smoothParameters } from "../method/needs.ts";
import { turnedToward } from "../model/rotations.ts";
import { rmsDifference } from "../numeric/statistics.ts";
import type { Part } from "../report/part.ts";
import type { Progress } from "../run.ts";
import type { TrainStatus } from "../training/factors/descent.ts";
import { minimise } from "../training/minimise.ts";
import type { Smooth } from "../training/trained-model.ts";
import type { Audit, AuditedModel, AuditSubject, NamedPairs } from "./audit.ts";
import { commonParameters, rowsFrom } from "./layout.ts";
import { randomPairs, scoresByIds } from "./names.ts";

/** A step of a minimisation. */
export interface StepLeft {
  /** Interactions read so far, by the number of those that remain. */
  readonly passes: number;
  /** Root mean square distance of predictions to the target, by that of the original: 1 when nothing was done, 0 at the target. */
  readonly left: number;
}

/** A minimisation of what remains, up to the step that leaves the share. */
export interface WayLeft {
  /** Passes until no more than the share is left; null where it never is. */
  readonly passes: number | null;
  readonly status: TrainStatus;
  readonly steps: readonly StepLeft[];
}

/** How far the target is in passes. */
export interface PassesLeftFinding {
  readonly share: number;
  readonly target: "retrained" | "optimum";
  /** From the original to the target, in the unit of scores. */
  readonly distance: number;
  readonly pairs: number;
  readonly fromUnlearned: WayLeft;
  readonly fromOriginal: WayLeft;
}

/**
 * Minimises the objective of what remains from the unlearned and from the original's parameters, and notes after every step how far the
 * predictions of random pairs are from the retrained model's, or, without one, from those at the end of the first of the two. Cost: two
 * minimisations.
 */
export const passesLeft = method({
  name: "passes-left",
  summary: "passes over the data until the distance to the retrained model is gone",
  source: "definition",
  needs: [],
  settings: {
    share: { summary: "share of the distance that may be left", standard: 0.01, above: 0 },
    pairs: { summary: "random pairs whose predictions are compared", standard: 2000, least: 1 },
    seed: { summary: "seed of these pairs", standard: 1, least: 0 },
  },
  cost: "a training",
  make: ({ share, pairs: count, seed }): Audit<PassesLeftFinding | null> => ({
    question: "how many passes over what remains are left to the retrained model?",
    missing,
    async run(subject, run) {
      await run.yieldToEventLoop();
      if (missing(subject) !== undefined) return null;
      const { original, unlearned, retrained } = subject;
      const [before, after] = [original, unlearned].map(({ trained }) => trained.smooth as Smooth);
      const pairs = remainingPairs(unlearned, count, seed);
      const first = await way(unlearned, after.params, pairs, part(run, 0));
      const second = await way(unlearned, originalIn(original, before, unlearned, after), pairs, part(run, 0.5));
      const target = retrained ? scoresByIds(retrained, pairs) : first.end;
      const distance = rmsDifference(second.points[0].scores, target);
      const left = ({ points, status }: Way): WayLeft => {
        const all = points.map(({ passes, scores }) => ({
          passes,
          left: distance > 0 ? rmsDifference(scores, target) / distance : 0,
        }));
        const at = all.findIndex((step) => step.left <= share);
        return { passes: at < 0 ? null : all[at].passes, status, steps: at < 0 ? all : all.slice(0, at + 1) };
      };
      return {
        ...{ share, target: retrained ? "retrained" : "optimum", distance, pairs: pairs.users.length },
        ...{ fromUnlearned: left(first), fromOriginal: left(second) },
      };
    },
    parts: (finding) => (finding === null ? [] : partsOf(finding)),
  }),
});

function missing({ original, unlearned }: AuditSubject): string | undefined {
  for (const { trained } of [original, unlearned]) {
    const why = smoothParameters.unmet(trained);
    if (why !== undefined) return `needs ${smoothParameters.name}; ${why}`;
  }
  const [before, after] = [original, unlearned].map(({ trained }) => trained.smooth as Smooth);
  const alike = commonParameters(unlearned, after, original, before) !== undefined;
  return alike ? undefined : "needs an original and an unlearned model of the same form";
}

/** The original's parameters in the layout and rotation of the unlearned: steps that are solved loosely depend on the rotation that they begin in. */
function originalIn(original: AuditedModel, before: Smooth, unlearned: AuditedModel, after: Smooth): Float64Array {
  const moved = rowsFrom(original, before, unlearned, after);
  return turnedToward(after.objective.model.rotations ?? [], moved, after.params);
}

/** A minimisation as it went. */
interface Way {
  readonly points: readonly { readonly passes: number; readonly scores: Float64Array }[];
  readonly status: TrainStatus;
  /** Scores where it ended. */
  readonly end: Float64Array;
}

async function way(model: AuditedModel, start: Float64Array, pairs: NamedPairs, run: RunContext): Promise<Way> {
  const { objective, tolerance } = model.trained.smooth as Smooth;
  const { userIds, itemIds } = model.dataset;
  const indices = {
    users: Uint32Array.from(pairs.users, (id) => userIds.find(id) ?? 0),
    items: Uint32Array.from(pairs.items, (id) => itemIds.find(id) ?? 0),
  };
  const scoresAt = (params: Float64Array) => objective.serving.at(params, indices).scores;
  let rowsRead = 0;
  const onRows = (rows: number) => {
    rowsRead += rows;
    run.onRows?.(rows);
  };
  const size = Math.max(1, objective.interactions.size);
  const points = [{ passes: 0, scores: scoresAt(start) }];
  const onStep = (params: Float64Array) => void points.push({ passes: rowsRead / size, scores: scoresAt(params) });
  const { params, status } = await minimise(objective, start, { ...run, onRows }, { tolerance, onStep });
  const end = scoresAt(params);
  return { points: [...points, { passes: rowsRead / size, scores: end }], status, end };
}

/** Random pairs of users and items that still have interactions. */
function remainingPairs(model: AuditedModel, count: number, seed: number): NamedPairs {
  const { userIds, itemIds } = model.dataset;
  const { byUser, byItem } = model.trained.interactions;
  const has = ({ start }: typeof byUser, row: number | undefined) => row !== undefined && start[row + 1] > start[row];
  const { users, items } = randomPairs(model, count, seed);
  const kept = [...users.keys()].filter(
    (k) => has(byUser, userIds.find(users[k])) && has(byItem, itemIds.find(items[k])),
  );
  return { users: kept.map((k) => users[k]), items: kept.map((k) => items[k]), ratings: undefined };
}

/** The run whose progress is a half of the whole, from `begin` on. */
function part({ onProgress, ...run }: RunContext, begin: number): RunContext {
  return {
    ...run,
    onProgress: onProgress && ((at: Progress) => onProgress({ ...at, fraction: begin + at.fraction / 2 })),
  };
}

function partsOf({ fromUnlearned, fromOriginal, share, target }: PassesLeftFinding): Part[] {
  // An axis by powers of ten has no zero.
  const line = (label: string, { steps }: WayLeft) => ({
    label,
    points: steps.map(({ passes, left }) => [passes, Math.max(left, 1e-12)] as const),
  });
  const last = Math.max(...[fromUnlearned, fromOriginal].map(({ steps }) => steps[steps.length - 1].passes));
  const floor = { label: `${100 * share} %`, points: [[0, share] as const, [last, share] as const], reference: true };
  const to = target === "retrained" ? "the retrained model" : "the optimum of what remains";
  return [
    {
      kind: "curves",
      title: `Distance left to ${to}`,
      x: "passes over what remains",
      y: "share of the original's distance",
      log: "y",
      lines: [line("from the unlearned model", fromUnlearned), line("from the original", fromOriginal), floor],
    },
  ];
}
