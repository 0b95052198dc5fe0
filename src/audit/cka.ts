/** Which embeddings did unlearning change, beside what another seed changes? */

import type { RunContext } from "../kernel/run-context.ts";
import { method } from "../method/method.ts";
import { linearCka } from "../numeric/alignment.ts";
import type { Part } from "../report/part.ts";
import { refit } from "../training/refit.ts";
import type { Audit, AuditedModel, AuditSubject } from "./audit.ts";
import { embeddingsOf, idsOfSide, type Side } from "./embeddings.ts";

/** The groups of SCIF's Fig. 3, items divided as users are. */
export const ckaGroups = ["forgottenUsers", "remainingUsers", "forgottenItems", "remainingItems"] as const;

/** Of one group. CKA is between 0 and 1, without a unit; null where the original's embeddings do not vary, or the model has no such table. */
export interface CkaOfGroup {
  /** Users or items of the original. */
  readonly rows: number;
  /** Those that the unlearned model no longer has; they have an empty row. */
  readonly gone: number;
  /** Mean CKA of all pairs of original models; null where there is one alone. */
  readonly baseline: number | null;
  readonly unlearned: number | null;
  readonly retrained: number | null;
  /** The same, divided by the baseline. */
  readonly relativeUnlearned: number | null;
  readonly relativeRetrained: number | null;
}

/** By group: users and items with forgotten interactions, and the others. */
export type CkaFinding = Readonly<Record<(typeof ckaGroups)[number], CkaOfGroup>> & {
  /** Original models in the baseline, the original among them. */
  readonly models: number;
  /** Those trained here that did not end where their trainer should. */
  readonly failed: number;
};

/**
 * Relative CKA (SCIF, Eq. 8): CKA(original, unlearned) over the mean CKA of the unordered pairs of original models from different seeds, on the
 * embeddings of a group. Cost: `models` trainings, then O(rows · width²) a pair.
 */
export const relativeCka = method({
  name: "cka",
  summary: "which embeddings unlearning changed, beside what another seed changes",
  source: "SCIF (001), Eq. 8; Kornblith et al. (2019)",
  needs: [],
  settings: {
    models: { summary: "originals trained here from other seeds, for the baseline; 0: none", standard: 2, least: 0 },
  },
  cost: "a training",
  make: ({ models }): Audit<CkaFinding | null> => ({
    question: "which embeddings did unlearning change, beside what another seed changes?",
    missing,
    async run(subject, run) {
      await run.yieldToEventLoop();
      if (missing(subject) !== undefined) return null;
      const { originals, failed } = await othersLike(subject.original, models, run);
      const groups: [string, CkaOfGroup][] = [];
      for (const group of ckaGroups) groups.push([group, await ofGroup(group, subject, originals, run)]);
      return { ...Object.fromEntries(groups), models: originals.length, failed } as CkaFinding;
    },
    parts: (finding) => (finding === null ? [] : partsOf(finding)),
  }),
});

function missing({ original, unlearned }: AuditSubject): string | undefined {
  const none = (side: Side) => [original, unlearned].some((model) => embeddingsOf(model, side) === undefined);
  return none("user") && none("item") ? "needs embeddings, and these models have none" : undefined;
}

/** The original, and the same trained from the seeds that follow. */
async function othersLike(original: AuditedModel, count: number, run: RunContext) {
  const { trained, dataset } = original;
  const originals = [original];
  let failed = 0;
  for (let k = 1; k <= count; k++) {
    const { onProgress } = run;
    const part =
      onProgress &&
      ((at: Parameters<typeof onProgress>[0]) => onProgress({ ...at, fraction: (k - 1 + at.fraction) / count }));
    const again = await refit(trained, new Uint32Array(0), trained.seed + k, { ...run, onProgress: part });
    const status = again.smooth?.status ?? "converged";
    if (status === "breakdown" || (again.trainer.toOptimum && status !== "converged")) failed++;
    originals.push({ trained: again, dataset });
  }
  return { originals, failed };
}

async function ofGroup(
  group: (typeof ckaGroups)[number],
  { original, unlearned, retrained, forgotten }: AuditSubject,
  originals: readonly AuditedModel[],
  { yieldToEventLoop }: RunContext,
): Promise<CkaOfGroup> {
  const side: Side = group.endsWith("Users") ? "user" : "item";
  const touched = new Set(side === "user" ? forgotten.users : forgotten.items);
  const ids = idsOfSide(original.dataset, side).list.filter((id) => touched.has(id) === group.startsWith("forgotten"));
  const compare = async (a: AuditedModel, b: AuditedModel) => {
    await yieldToEventLoop();
    return ckaOn(side, ids, a, b);
  };
  const pairs: (number | null)[] = [];
  for (const [k, a] of originals.entries()) for (const b of originals.slice(0, k)) pairs.push(await compare(a, b));
  const found = pairs.filter((value) => value !== null);
  const baseline = found.length > 0 ? found.reduce((sum, value) => sum + value, 0) / found.length : null;
  const after = await compare(original, unlearned);
  const again = retrained ? await compare(original, retrained) : null;
  const relative = (value: number | null) => (value !== null && baseline ? value / baseline : null);
  return {
    rows: ids.length,
    gone: ids.filter((id) => idsOfSide(unlearned.dataset, side).find(id) === undefined).length,
    baseline,
    unlearned: after,
    retrained: again,
    relativeUnlearned: relative(after),
    relativeRetrained: relative(again),
  };
}

/** CKA of the embeddings of some ids; 0 where those of b alone do not vary: nothing in them corresponds. */
function ckaOn(side: Side, ids: readonly string[], a: AuditedModel, b: AuditedModel): number | null {
  const tables = [a, b].map((model) => {
    const found = embeddingsOf(model, side);
    return found && { width: found.width, values: tableOfIds(found, ids) };
  });
  const [x, y] = tables;
  if (x === undefined || y === undefined) return null;
  const value = linearCka(x.values, x.width, y.values, y.width);
  if (!Number.isNaN(value)) return value;
  return Number.isNaN(linearCka(x.values, x.width, x.values, x.width)) ? null : 0;
}

function tableOfIds({ width, of }: NonNullable<ReturnType<typeof embeddingsOf>>, ids: readonly string[]): Float64Array {
  const out = new Float64Array(ids.length * width);
  ids.forEach((id, r) => {
    const row = of(id);
    if (row !== undefined) out.set(row, r * width);
  });
  return out;
}

const labels = {
  forgottenUsers: "users with forgotten interactions",
  remainingUsers: "other users",
  forgottenItems: "items with forgotten interactions",
  remainingItems: "other items",
} as const;

function partsOf(finding: CkaFinding): Part[] {
  const relative = finding.models > 1;
  const bars = ckaGroups.flatMap((group) =>
    (["unlearned", "retrained"] as const).flatMap((series) => {
      const name = series === "unlearned" ? "relativeUnlearned" : "relativeRetrained";
      const value = finding[group][relative ? name : series];
      return value === null ? [] : [{ label: labels[group], series, value }];
    }),
  );
  const measure = relative ? "CKA with the original, relative to that of other seeds" : "CKA with the original";
  return [{ kind: "bars", title: "Correspondence of embeddings", measure, bars }];
}
