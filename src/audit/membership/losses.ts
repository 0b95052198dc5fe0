/** What the model's own loss says of single points, whoever trained on them. */

import { LetheError } from "../../errors.ts";
import { keyedUniform, randomOf } from "../../numeric/random.ts";
import type { Examples, Loss } from "../../objective/loss.ts";
import { squared } from "../../objective/loss.ts";
import type { ObjectiveSettings } from "../../objective/objective.ts";
import type { YieldToEventLoop } from "../../run.ts";
import { itemScoresOf, type TrainedModel } from "../../training/trained-model.ts";
import type { AuditedModel, AuditSubject, NamedPairs } from "../audit.ts";
import { scoresByIds, scoresByIdsYielding } from "../names.ts";
import { keysOf } from "./drawing.ts";
import { hasPair, type MembershipPoints } from "./points.ts";

/** Points with what their loss reads beside them. */
export interface LossPoints extends NamedPairs {
  readonly loss: Loss;
  /** Negatives a point. */
  readonly perRow: number;
  /** Items that the user has not chosen, `perRow` a point: the same for every model. */
  readonly others: readonly string[];
}

/** A loss that was minimised, and how many negatives an interaction had. */
export interface LossOfModel {
  readonly loss: Loss;
  readonly perRow: number;
}

/** The loss of a model or of its members; squared where scores are ratings; undefined where there is none. */
export function lossOf({ smooth, shards, unit }: TrainedModel): LossOfModel | undefined {
  const settings: ObjectiveSettings | undefined =
    smooth?.objective.settings ?? shards?.find(({ model }) => model.smooth)?.model.smooth?.objective.settings;
  if (settings !== undefined) return { loss: settings.loss, perRow: settings.sampling?.perRow ?? 0 };
  return unit === "rating" ? { loss: squared, perRow: 0 } : undefined;
}

/** What an audit of losses cannot do without: a loss, and ratings where it reads them. */
export function missingLoss(trained: TrainedModel, test: NamedPairs | undefined): string | undefined {
  const own = lossOf(trained);
  if (own === undefined) return "needs a model with a loss";
  const readsRatings = own.perRow === 0 && own.loss.form !== "pairwise" && own.loss.name !== "multinomial";
  return readsRatings && test?.ratings === undefined ? "needs held-out ratings" : undefined;
}

/**
 * Points with negatives by seed and outside ids. A member's own negatives were trained on, too; drawing anew for members and others alike keeps the
 * attack on the interaction itself.
 */
async function withNegatives(
  original: AuditedModel,
  pairs: NamedPairs,
  { loss, perRow }: LossOfModel,
  seed: number,
  yieldToEventLoop: YieldToEventLoop,
): Promise<LossPoints> {
  const { userIds, itemIds } = original.dataset;
  const keys = keysOf(original);
  const { start } = original.trained.interactions.byItem;
  const eligible = Array.from(itemIds.list.keys()).filter((item) => start[item + 1] > start[item]);
  eligible.sort((a, b) => keys.items[a] - keys.items[b] || a - b);
  const stream = randomOf(seed, "negatives of points").integer(2 ** 53);
  const drawOne = (user: number, item: number, n: number): number => {
    let drawn = item;
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const place = keyedUniform(stream, keys.users[user], keys.items[item], attempt * perRow + n);
      drawn = eligible[Math.floor(place * eligible.length)];
      if (drawn !== item && !hasPair(original, user, drawn)) break;
    }
    return drawn;
  };
  const others: string[] = [];
  for (let k = 0; k < (perRow > 0 ? pairs.users.length : 0); k++) {
    if (k % chunk === 0) await yieldToEventLoop();
    const [user, item] = [userIds.find(pairs.users[k]) ?? 0, itemIds.find(pairs.items[k]) ?? 0];
    for (let n = 0; n < perRow; n++) others.push(itemIds.list[drawOne(user, item, n)]);
  }
  return { ...pairs, loss, perRow, others };
}

/** The same by the loss of the subject's models; throws `unsupported` where they have none. */
export async function withOwnNegatives(
  { original, unlearned }: AuditSubject,
  pairs: NamedPairs,
  seed: number,
  yieldToEventLoop: YieldToEventLoop,
): Promise<LossPoints> {
  const own = lossOf(unlearned.trained);
  if (own === undefined)
    throw new LetheError(
      "unsupported",
      `${unlearned.trained.kind} has no loss`,
      "ask the audit score, which needs none",
    );
  return withNegatives(original, pairs, own, seed, yieldToEventLoop);
}

/** The same for both classes of an attack's points. */
export async function lossPointsOf(
  subject: AuditSubject,
  { members, nonMembers }: Pick<MembershipPoints, "members" | "nonMembers">,
  seed: number,
  yieldToEventLoop: YieldToEventLoop,
): Promise<{ readonly members: LossPoints; readonly nonMembers: LossPoints }> {
  return {
    members: await withOwnNegatives(subject, members, seed, yieldToEventLoop),
    nonMembers: await withOwnNegatives(subject, nonMembers, seed, yieldToEventLoop),
  };
}

/** Users who have chosen almost everything get one of their own items. */
const mostAttempts = 100;

/** What the loss of one point reads, all of one user. */
export interface Term {
  readonly items: readonly string[];
  readonly examples: Examples;
}

/** The term that an interaction would have; `allItems` are those of the model, which a loss on whole lists reads. */
export function termOf(points: LossPoints, k: number, allItems: readonly string[]): Term {
  const { items, ratings, loss, perRow, others } = points;
  const [item, rating] = [items[k], ratings?.[k] ?? 1];
  const own = others.slice(k * perRow, (k + 1) * perRow);
  if (loss.form === "pairwise")
    return termFrom(
      own.flatMap((other) => [item, other]),
      own.flatMap(() => [1, 0]),
      2,
    );
  if (loss.form === "pointwise") return termFrom([item, ...own], [perRow > 0 ? 1 : rating, ...own.map(() => 0)], 1);
  if (loss.confidence !== undefined) return termFrom([item], [rating], 1);
  const list = allItems.includes(item) ? allItems : [...allItems, item];
  return termFrom(
    list,
    list.map((other) => (other === item ? 1 : 0)),
    list.length,
  );
}

function termFrom(items: readonly string[], labels: readonly number[], width: number): Term {
  const size = items.length;
  const none = new Uint32Array(size);
  const groups = size / width;
  return {
    items,
    examples: {
      pairs: { users: none, items: none },
      labels: Float64Array.from(labels),
      start: Uint32Array.from({ length: groups + 1 }, (_, g) => g * width),
      owners: new Uint32Array(groups),
      penalised: false,
    },
  };
}

/** Points at once. */
const chunk = 512;

/** The loss of every point under a model, in its units: small where the model fits. An unknown user or item scores as an empty row. */
export async function lossesAt(
  model: AuditedModel,
  points: LossPoints,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Float64Array> {
  const { users, loss } = points;
  if (loss.form === "listwise" && loss.confidence === undefined) return listLosses(model, points, yieldToEventLoop);
  const out = new Float64Array(users.length);
  for (let from = 0; from < users.length; from += chunk) {
    await yieldToEventLoop();
    const to = Math.min(users.length, from + chunk);
    const terms = Array.from({ length: to - from }, (_, n) => termOf(points, from + n, []));
    const scores = scoresByIds(model, {
      users: terms.flatMap(({ items }, n) => items.map(() => users[from + n])),
      items: terms.flatMap(({ items }) => items),
      ratings: undefined,
    });
    let at = 0;
    terms.forEach(({ items, examples }, n) => {
      const own = scores.subarray(at, at + items.length);
      out[from + n] = loss.evaluate(own, examples, new Float64Array(items.length));
      at += items.length;
    });
  }
  return out;
}

/** −log of the probability of each choice under a softmax over the model's items: the scores of a user are computed once. */
async function listLosses(
  model: AuditedModel,
  { users, items }: NamedPairs,
  yieldToEventLoop: YieldToEventLoop,
): Promise<Float64Array> {
  const logSums = new Map<string, number>();
  for (const id of new Set(users)) {
    await yieldToEventLoop();
    const user = model.dataset.userIds.find(id);
    const scores =
      user === undefined ? new Float64Array(model.dataset.itemIds.size) : itemScoresOf(model.trained, user);
    const most = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    logSums.set(id, most + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0)));
  }
  const own = await scoresByIdsYielding(model, { users, items, ratings: undefined }, yieldToEventLoop);
  return own.map((score, k) => (logSums.get(users[k]) ?? 0) - score);
}
