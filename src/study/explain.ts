/** Why a score is what it is: the ratings that it rests on, and what it would be without each. */

import { indexOf } from "../data/dataset.ts";
import type { PreparedEstimator } from "../influence/estimator.ts";
import { estimators } from "../influence/index.ts";
import { neighbourhood } from "../influence/question.ts";
import { worseStatus } from "../influence/status.ts";
import type { FactorKernels } from "../kernel/kernels.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { meanOf } from "../model/matrix-factorization.ts";
import { placesOf } from "../objective/factorization.ts";
import { scoreTarget } from "../objective/target.ts";
import type { RunOptions } from "../run.ts";
import { type AnyTrained, isFactorTrained, modelOf, scorerOf } from "../training/trained.ts";
import { checkName, prepareEstimator } from "./methods.ts";
import type { NamedModel } from "./model.ts";

/** One training rating and what it did to the score. */
export interface Reason {
  readonly user: string;
  readonly item: string;
  readonly title: string | null;
  readonly rating: number;
  /** score − score had this row never been there, in the explanation's unit: positive supports the score. */
  readonly influence: number;
  /** The score without this rating: score − influence. */
  readonly without: number;
}

/** An explanation. */
export interface Explanation {
  readonly user: string;
  readonly item: string;
  readonly title: string | null;
  readonly score: number;
  /** What a score is: a rating, or a number that only ranks. */
  readonly unit: "rating" | "score";
  /** Mean and biases alone: the score before any taste; 0 for models without. */
  readonly base: number;
  /** The user's own ratings. */
  readonly byItem: readonly Reason[];
  /** Other users' ratings of the item. */
  readonly byUser: readonly Reason[];
  readonly method: string;
  readonly status: SolveStatus;
  /** Ratings of the user and of the item in training. */
  readonly ratings: { readonly ofUser: number; readonly ofItem: number };
  /** What the numbers mean, and what was left out. */
  readonly note: string;
}

/** What to explain, and how. */
export interface ExplainRequest extends RunOptions {
  readonly user: string;
  readonly item: string;
  readonly method?: string | undefined;
  /** Only ratings that support the score, strongest first (for the people served); else by |influence| (for engineers). */
  readonly positive?: boolean | undefined;
  readonly count?: number | undefined;
  readonly kernels?: FactorKernels | undefined;
}

/** Estimators that solve once for every row: only the rows that fast influence ranks first are asked. */
const oneSolveARow = new Set(["newton-step", "leave-one-out"]);

/** Explains one score; throws `unknown-id` and `unsupported`. */
export async function explain(named: NamedModel, request: ExplainRequest): Promise<Explanation> {
  const { method = rankedBy(named.trained), count = 10 } = request;
  checkName(estimators, "estimator", method, named.trained.objective.kind);
  const { trained, dataset } = named;
  const user = indexOf(dataset.userIds, request.user, "user");
  const item = indexOf(dataset.itemIds, request.item, "item");
  const near = neighbourhood(trained.objective.interactions, user, item);
  const isOwn = new Set(near.userRows);
  const groups = {
    byItem: near.userRows.slice(),
    byUser: near.itemRows.filter((row) => !isOwn.has(row)),
  };
  const prepared = await prepareEstimator(method, trained, request);
  try {
    const slow = oneSolveARow.has(method);
    const ask = async (rows: Uint32Array) => {
      const chosen = slow ? await strongest(named, user, item, rows, request) : rows;
      return reasons(named, prepared, user, item, chosen, request);
    };
    const own = await ask(groups.byItem);
    const others = await ask(groups.byUser);
    const one = { users: Uint32Array.of(user), items: Uint32Array.of(item) };
    return {
      user: request.user,
      item: request.item,
      title: dataset.itemInfo.get(request.item)?.title ?? null,
      score: scorerOf(trained)(one)[0],
      unit: unitOf(trained),
      base: baseOf(named, user, item),
      byItem: own.list.slice(0, count),
      byUser: others.list.slice(0, count),
      method,
      status: worseStatus(own.status, others.status),
      ratings: { ofUser: near.userRows.length, ofItem: near.itemRows.length },
      note: noteOf(method, slow ? rankedBy(trained) : undefined, unitOf(trained)) + unsettled(trained),
    };
  } finally {
    prepared.close();
  }
}

async function reasons(
  { trained, dataset }: NamedModel,
  prepared: PreparedEstimator,
  user: number,
  item: number,
  rows: Uint32Array,
  { positive = false }: ExplainRequest,
): Promise<{ list: Reason[]; status: SolveStatus }> {
  const { users, items, ratings } = trained.objective.interactions;
  const { scores, status } = await prepared.influence(scoreTarget(user, item), rows);
  const whole = scorerOf(trained)({ users: Uint32Array.of(user), items: Uint32Array.of(item) })[0];
  const order = Array.from(rows.keys())
    .filter((k) => !positive || scores[k] > 0)
    .sort((a, b) => Math.abs(scores[b]) - Math.abs(scores[a]) || rows[a] - rows[b]);
  const list = order.map((k): Reason => {
    const itemId = dataset.itemIds.list[items[rows[k]]];
    return {
      user: dataset.userIds.list[users[rows[k]]],
      item: itemId,
      title: dataset.itemInfo.get(itemId)?.title ?? null,
      rating: ratings[rows[k]],
      influence: scores[k],
      without: whole - scores[k],
    };
  });
  return { list, status };
}

/** The rows that fast influence ranks first: as many as are asked for, in the order that is asked for. */
async function strongest(
  { trained }: NamedModel,
  user: number,
  item: number,
  rows: Uint32Array,
  { count = 10, positive = false, ...options }: ExplainRequest,
): Promise<Uint32Array> {
  const prepared = await prepareEstimator(rankedBy(trained), trained, options);
  try {
    const { scores } = await prepared.influence(scoreTarget(user, item), rows);
    const size = (k: number) => (positive ? scores[k] : Math.abs(scores[k]));
    const order = Array.from(rows.keys()).sort((a, b) => size(b) - size(a) || a - b);
    return Uint32Array.from(order.slice(0, count), (k) => rows[k]).sort();
  } finally {
    prepared.close();
  }
}

/** The cheap estimator that chooses the rows which a dear one is asked about. */
function rankedBy(trained: AnyTrained): string {
  if (isFactorTrained(trained)) return "fast-influence";
  const { model, settings } = trained.objective;
  return model.local && settings.loss.form !== "listwise" ? "fast-influence" : "influence-function";
}

/** Mean and biases alone; 0 for models that have no such part. */
function baseOf({ trained }: NamedModel, user: number, item: number): number {
  if (!isFactorTrained(trained)) return 0;
  const model = modelOf(trained);
  const { shape, params } = model;
  const { stride, itemsAt } = placesOf(shape);
  const bias = shape.biases
    ? params[user * stride + shape.factors] + params[itemsAt + item * stride + shape.factors]
    : 0;
  return meanOf(model) + bias;
}

/** Ratings where a squared loss on ratings made the scores. */
function unitOf(trained: AnyTrained): Explanation["unit"] {
  if (isFactorTrained(trained)) return trained.objective.zeroWeight === 0 ? "rating" : "score";
  const { loss, sampling } = trained.objective.settings;
  return loss.name === "squared" && sampling === undefined ? "rating" : "score";
}

/** `ranked`: the estimator that chose the rows, where not all were asked. */
/** Influence speaks of optima: what is to be added where the model is at none. */
function unsettled({ status, gradientNorm }: AnyTrained): string {
  if (status === "converged") return "";
  return `; the model is at no optimum (‖∇J‖ ${gradientNorm.toExponential(1)}): small influences mean little`;
}

function noteOf(method: string, ranked: string | undefined, unit: Explanation["unit"]): string {
  if (method === "contributions")
    return `influence = share of the score, in ${unit} units: with the items held fixed, the shares of the own rows sum to the score; it is not the score without the row`;
  const row = unit === "rating" ? "rating" : "interaction";
  const means = `influence = score − score had the ${row} never been there, in ${unit} units; positive supports the score`;
  const reach = ranked
    ? `; computed for the ${row}s that ${ranked} ranks first`
    : method.startsWith("fast-influence")
      ? "; through the user's and the item's own factors, the rest held fixed"
      : "; through all parameters";
  return means + reach;
}
