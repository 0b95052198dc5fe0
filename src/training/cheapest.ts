/** The cheapest global optimum that predicts well: the lowest rank on the path of λ with an error on held-out rows near the lowest. */

import type { Interactions } from "../data/interactions.ts";
import { LetheError } from "../errors.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { factorizationSettings } from "../objective/closed-forms.ts";
import type { FactorizationSettings, Regularizer } from "../objective/factorization.ts";
import type { ObjectiveSettings } from "../objective/objective.ts";
import { inParts } from "../run.ts";
import { l2OfFactors, meanError, onMoreRows } from "./factors/chosen-l2.ts";
import { type Fold, foldsOf } from "./factors/held-out.ts";
import { type Place, placesOf } from "./factors/places.ts";
import type { TrainingData } from "./trained-model.ts";

export type { Place } from "./factors/places.ts";

/** What the path is walked for. */
export interface CheapestSettings {
  readonly settings: ObjectiveSettings;
  readonly regularizers: readonly Regularizer[];
  /** λ_b under each; default that of the settings under table L2, and under interaction L2 as much for a row of average users and items. */
  readonly l2Bias?: number | undefined;
  /** Told every place as it comes. */
  readonly onPlace?: ((place: Place) => void) | undefined;
}

/** The λ for all rows, where it was found, and what there would be without a proof. */
export interface Cheapest {
  readonly l2: number;
  readonly l2Bias: number;
  readonly regularizer: Regularizer;
  /** The place that was taken, with the λ of the rows that were not held out. */
  readonly place: Place;
  /** A model of few factors and the λ that follows from the data. */
  readonly uncertified: { readonly factors: number; readonly l2: number; readonly error: number };
}

/** What is above the lowest error by no more than this share is as good. */
const enough = 2e-3;
/** All rows may need more factors than those of the fold: this share of what is allowed is left to them. */
const leftToAll = 0.1;

/** Walks the path under each regularizer, and chooses. Throws `bad-input` where there are too few rows to hold any out, and where no place has room. */
export async function cheapestOf(asked: CheapestSettings, data: TrainingData, run: RunContext): Promise<Cheapest> {
  const { interactions, keys } = data;
  const folds = await foldsOf(interactions, keys, run.yieldToEventLoop);
  if (folds.length === 0) throw tooFew(interactions);
  const under = asked.regularizers.map((regularizer) => settingsUnder(regularizer, asked, interactions));
  const parts = inParts(run, [1, ...under.map(() => 10)]);
  const uncertified = await usual(under[0], folds, data, parts[0]);
  const places: Place[] = [];
  for (const [k, settings] of under.entries()) places.push(...(await walk(settings, folds, data, parts[k + 1], asked)));
  const place = cheapest(places);
  if (place === undefined) throw noRoom(under[0]);
  const { l2Bias = 0 } = under.find(({ regularizer }) => regularizer === place.regularizer) ?? {};
  const more = interactions.size / folds[0].train.size;
  const l2 = Number(onMoreRows(place.l2, place.regularizer, more).toPrecision(2));
  return { l2, l2Bias, regularizer: place.regularizer, place, uncertified };
}

/** The lowest rank among those that are good enough; the lower error among equals. */
export function cheapest(places: readonly Place[]): Place | undefined {
  const lowest = Math.min(...places.map(({ error }) => error));
  const good = places.filter(({ error }) => error <= (1 + enough) * lowest);
  return good.toSorted((a, b) => a.rank - b.rank || a.error - b.error)[0];
}

function settingsUnder(
  regularizer: Regularizer,
  { settings, l2Bias }: CheapestSettings,
  interactions: Interactions,
): FactorizationSettings {
  const closed = factorizationSettings({ ...settings, regularizer });
  if (closed === undefined) throw new TypeError("a plan for a proof has closed forms");
  if (l2Bias !== undefined) return { ...closed, l2Bias };
  if (regularizer === "table") return closed;
  return { ...closed, l2Bias: Number((closed.l2Bias / rowsOfAverage(interactions)).toPrecision(2)) };
}

/** The geometric mean of how many rows users and items have who have any. */
function rowsOfAverage({ size, byUser, byItem }: Interactions): number {
  const there = ({ start }: { readonly start: Uint32Array }) =>
    start.reduce((count, from, r) => count + (r > 0 && from > start[r - 1] ? 1 : 0), 0);
  return size / Math.sqrt(there(byUser) * there(byItem));
}

/** As many places as a walk usually has; with the rank, what a place costs grows about as the square of how many came before it. */
const usualPlaces = 13;
const mostOfWalk = 0.95;

async function walk(
  settings: FactorizationSettings,
  folds: readonly Fold[],
  { keys }: TrainingData,
  run: RunContext,
  { onPlace }: CheapestSettings,
): Promise<Place[]> {
  const places: Place[] = [];
  const factors = Math.ceil((1 - leftToAll) * settings.factors);
  for await (const place of placesOf({ ...settings, factors }, folds, keys, run)) {
    places.push(place);
    onPlace?.(place);
    const step = places.length;
    const fraction = Math.min(mostOfWalk, (step / usualPlaces) ** 3);
    run.onProgress?.({ phase: "certifiable path", step, fraction });
  }
  return places;
}

/** What training gives without a proof. */
async function usual(
  settings: FactorizationSettings,
  folds: readonly Fold[],
  { interactions, keys }: TrainingData,
  run: RunContext,
): Promise<Cheapest["uncertified"]> {
  const few = { ...settings, factors: Math.min(settings.factors, usualFactors) };
  const { l2 } = await l2OfFactors(few, interactions, keys, run);
  const onFold = onMoreRows(l2, few.regularizer, folds[0].train.size / interactions.size);
  return { factors: few.factors, l2, error: await meanError({ ...few, l2: onFold }, folds, keys, run) };
}

const usualFactors = 8;

function tooFew({ size }: Interactions): LetheError {
  return new LetheError(
    "bad-input",
    `${size} rows are too few to hold any out, by which λ would be found for a certifiable model`,
    "give `l2`",
    "l2",
  );
}

function noRoom({ factors }: FactorizationSettings): LetheError {
  return new LetheError(
    "bad-input",
    `\`factors\` ${factors}: no global optimum on the path of λ has so few factors and room for one more`,
    "raise `factors`, or leave it out; or give `l2`",
    "factors",
  );
}
