/** How far apart are the parameters, after the best rotation? */

import type { Ids } from "../data/dataset.ts";
import { method } from "../method/method.ts";
import type { FactorForm } from "../model/model.ts";
import { nearestRotation } from "../numeric/rotation.ts";
import type { Part } from "../report/part.ts";
import type { Audit, AuditedModel } from "./audit.ts";

/** ‖θ − θ′R‖ over the rows that both have, R the best rotation (Procrustes), relative to ‖θ‖; and the largest difference of one entry. */
export interface ParametersFinding {
  readonly comparedWith: "retrained" | "original";
  readonly relative: number;
  readonly largest: number;
}

/** Distance in aligned embeddings, from the retrained model where there is one, else from the original; null where scores are no dot products. */
export const alignedParameters = method({
  name: "parameters",
  summary: "distance of the embeddings after the best rotation",
  source: "Schönemann (1966)",
  needs: [],
  settings: {},
  cost: "closed form",
  make: (): Audit<ParametersFinding | null> => ({
    question: "how far are the parameters, after the best rotation?",
    async run({ original, unlearned, retrained }, { yieldToEventLoop }) {
      await yieldToEventLoop();
      const other = retrained ?? original;
      const [a, b] = [unlearned.trained.factors, other.trained.factors];
      if (a === undefined || b === undefined) return null;
      const found = aligned(a, b, commonRows(unlearned, other));
      return { comparedWith: retrained ? "retrained" : "original", ...found };
    },
    parts: (finding) => (finding === null ? [] : parametersParts(finding)),
  }),
});

function parametersParts({ comparedWith, relative, largest }: ParametersFinding): Part[] {
  const other = comparedWith === "retrained" ? "the retrained model" : "the original";
  return [
    {
      kind: "numbers",
      title: `Embeddings beside those of ${other}, after the best rotation`,
      entries: [
        { label: "distance", value: relative, unit: "of their length" },
        { label: "largest difference of one entry", value: largest },
      ],
    },
  ];
}

/** A row of embeddings in one model and in the other. */
type Twin = readonly [Float64Array, Float64Array];

function aligned(
  a: FactorForm,
  b: FactorForm,
  common: readonly (readonly ["user" | "item", number, number])[],
): { relative: number; largest: number } {
  const { factors } = a;
  if (factors !== b.factors) return { relative: Number.NaN, largest: Number.NaN };
  const table = (form: FactorForm, side: "user" | "item") => (side === "user" ? form.userFactors : form.itemFactors);
  const row = (form: FactorForm, side: "user" | "item", r: number) =>
    table(form, side).subarray(r * factors, (r + 1) * factors);
  const twins = common.map(([side, x, y]): Twin => [row(a, side, x), row(b, side, y)]);
  const cross = new Float64Array(factors * factors);
  for (const [x, y] of twins)
    for (let f = 0; f < factors; f++) for (let g = 0; g < factors; g++) cross[f * factors + g] += y[f] * x[g];
  const turn = nearestRotation(cross, factors);
  let squares = 0;
  let size = 0;
  let largest = 0;
  for (const [x, y] of twins)
    for (let g = 0; g < factors; g++) {
      let turned = 0;
      for (let f = 0; f < factors; f++) turned += y[f] * turn[f * factors + g];
      const gap = x[g] - turned;
      squares += gap * gap;
      size += x[g] ** 2;
      largest = Math.max(largest, Math.abs(gap));
    }
  return { relative: size > 0 ? Math.sqrt(squares / size) : 0, largest };
}

/** The rows of users and items that both models have. */
function commonRows(a: AuditedModel, b: AuditedModel): (readonly ["user" | "item", number, number])[] {
  const of = (side: "user" | "item", ours: Ids, theirs: Ids) =>
    ours.list.flatMap((id, row) => {
      const found = theirs.find(id);
      return found === undefined ? [] : [[side, row, found] as const];
    });
  return [...of("user", a.dataset.userIds, b.dataset.userIds), ...of("item", a.dataset.itemIds, b.dataset.itemIds)];
}
