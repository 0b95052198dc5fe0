/** Shadow models: trained as the model was, on halves that are known, so that they teach what having been trained on looks like. */

import type { RunContext } from "../../kernel/run-context.ts";
import { keyedUniform, randomOf } from "../../numeric/random.ts";
import type { AuditedModel, NamedPairs } from "../audit.ts";
import { scoresByIdsYielding } from "../names.ts";
import { keysOf } from "./drawing.ts";
import { type LossPoints, lossesAt } from "./losses.ts";
import type { Inputs } from "./network.ts";

/** A model trained on a half, and which half that was. */
export interface Shadow {
  readonly model: AuditedModel;
  /** Whether an interaction of these outside ids is in the half. */
  has(user: string, item: string): boolean;
}

/** Trains `count` shadow models on random halves of a model's interactions, drawn by outside ids. */
export async function shadowsOf(
  { trained, dataset }: AuditedModel,
  count: number,
  seed: number,
  run: RunContext,
): Promise<Shadow[]> {
  const { interactions, keys, trainer, smooth } = trained;
  const { users, items, size } = interactions;
  const ids = keysOf({ dataset });
  const random = randomOf(seed, "shadow models");
  const out: Shadow[] = [];
  for (let s = 0; s < count; s++) {
    run.onProgress?.({ phase: "shadow models", step: s + 1, fraction: s / count });
    const own = random.fork(s);
    const [stream, start] = [own.integer(2 ** 53), own.integer(2 ** 31)];
    const inHalf = (user: number, item: number) => keyedUniform(stream, ids.users[user], ids.items[item], 0) < 0.5;
    const half: number[] = [];
    for (let row = 0; row < size; row++) {
      if (row % 4096 === 0) await run.yieldToEventLoop();
      if (inHalf(users[row], items[row])) half.push(row);
    }
    const data = { interactions: interactions.select(Uint32Array.from(half)), keys };
    const shadow = await trainer.train(data, start, { ...run, onProgress: undefined, tolerance: smooth?.tolerance });
    const has = (user: string, item: string) =>
      inHalf(dataset.userIds.find(user) ?? 0, dataset.itemIds.find(item) ?? 0);
    out.push({ model: { trained: shadow, dataset }, has });
  }
  return out;
}

/** What the attacker reads of a point, in columns. */
export const featureNames = ["score", "fit", "fitBeyondShadows", "popularity"] as const;

/**
 * Features of points under a model: its score; minus its loss; that less what shadow models say that were not trained on the point (Watson et al. 2022:
 * a point that is hard for everyone is no sign); and log(1 + the interactions of its item). Rows where no shadow is left are undefined.
 */
export function featuresOf(
  own: { readonly scores: Float64Array; readonly losses: Float64Array },
  unseen: (k: number) => readonly number[],
  popularity: (k: number) => number,
): (readonly number[] | undefined)[] {
  return Array.from(own.scores, (score, k) => {
    const elsewhere = unseen(k);
    if (elsewhere.length === 0) return undefined;
    const expected = elsewhere.reduce((sum, loss) => sum + loss, 0) / elsewhere.length;
    return [score, -own.losses[k], expected - own.losses[k], popularity(k)];
  });
}

/** What shadow models other than `shadow` say of point k that were not trained on it; `has` tells for each who was. */
export function unseenLosses(
  losses: readonly Float64Array[],
  has: readonly (readonly boolean[])[],
  shadow: number,
  k: number,
): number[] {
  return losses.flatMap((own, other) => (other === shadow || has[other][k] ? [] : [own[k]]));
}

/** Scores and losses of points under a model. */
export async function readingOf(model: AuditedModel, points: LossPoints, { yieldToEventLoop }: RunContext) {
  return {
    scores: await scoresByIdsYielding(model, points, yieldToEventLoop),
    losses: await lossesAt(model, points, yieldToEventLoop),
  };
}

/** log(1 + interactions of an item) in a model. */
export function popularityIn({ trained, dataset }: AuditedModel, { items }: NamedPairs): (k: number) => number {
  const { start } = trained.interactions.byItem;
  return (k) => {
    const item = dataset.itemIds.find(items[k]);
    return item === undefined ? 0 : Math.log1p(start[item + 1] - start[item]);
  };
}

/** Rows of features as inputs. */
export function inputsFrom(rows: readonly (readonly number[])[]): Inputs {
  return { width: featureNames.length, values: Float64Array.from(rows.flat()) };
}
