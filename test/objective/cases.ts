/** Every loss with every way of drawing and both regularizers, on every kind of model. */

import type { Interactions } from "../../src/data/interactions.ts";
import type { ModelKind, ModelSettings } from "../../src/model/model.ts";
import type { Regularizer } from "../../src/objective/factorization.ts";
import { bpr, type Loss, logistic, multinomial, squared } from "../../src/objective/loss.ts";
import type { Sampling } from "../../src/objective/negatives.ts";
import type { Objective, ObjectiveSettings } from "../../src/objective/objective.ts";
import { crowd } from "../model/subject.ts";
import { interactionsFrom, triplesOf } from "../support/small.ts";
import { counts } from "../support/subjects.ts";

/** A loss, with how its negatives are drawn. */
export const drawings: readonly (readonly [Loss, Sampling | undefined])[] = [
  [squared, undefined],
  [squared, { perRow: 2, seed: 5, semantics: "frozen" }],
  [logistic, undefined],
  [logistic, { perRow: 3, seed: 6, semantics: "honest" }],
  [bpr, { perRow: 2, seed: 7, semantics: "frozen" }],
  [bpr, { perRow: 1, seed: 8, semantics: "honest" }],
  [multinomial, undefined],
];

/** The settings of every combination for a kind, with titles; what cancels in a pairwise loss is left out of it. */
export function casesOf(kind: ModelKind, given: ModelSettings): (readonly [string, ObjectiveSettings])[] {
  return drawings.flatMap(([loss, sampling]) =>
    (["table", "interaction"] as const).map((regularizer: Regularizer) => {
      const pairwise = kind.name === "mf" && loss.form === "pairwise";
      const model = pairwise ? { ...given, biases: given.biases && "items", mean: 0 } : given;
      const drawn = sampling ? `${sampling.perRow} ${sampling.semantics}` : "none";
      const title = `${kind.name} ${JSON.stringify(model)}, ${loss.name}, negatives ${drawn}, ${regularizer} L2`;
      const lambdas = { l2: 0.3, l2Bias: kind.name === "mf" ? 0.7 : undefined, l2Shared: 0.2 };
      return [title, { kind, model, loss, sampling, regularizer, ...lambdas, extraWeight: 0.4 }] as const;
    }),
  );
}

/** The crowd, its ratings in (0, 1] so that every loss reads them; user 2 has chosen all that there is. */
export function choices(): Interactions {
  return scaled(triplesOf(crowd()), 9, 8);
}

/** Counts, each pair once, of which every user has some; item 4 has none. */
export function countsOfAll(): Interactions {
  const { userCount, itemCount } = counts();
  return interactionsFrom([...triplesOf(counts()), [2, 5, 2], [9, 3, 1], [9, 8, 3]], userCount, itemCount);
}

function scaled(triples: ReturnType<typeof triplesOf>, userCount: number, itemCount: number): Interactions {
  return interactionsFrom(
    triples.map(([user, item, rating]) => [user, item, rating / 5] as const),
    userCount,
    itemCount,
  );
}

/** The interactions without rows, from their triples. */
export function left(interactions: Interactions, gone: Uint32Array): Interactions {
  const triples = triplesOf(interactions).filter((_, row) => !gone.includes(row));
  return interactionsFrom(triples, interactions.userCount, interactions.itemCount);
}

/** What may go: nothing, one row, one of two alike, users and items whole, a half, everything. */
export function removals({ size, users, items }: Interactions): (readonly [string, Uint32Array])[] {
  const rows = Uint32Array.from({ length: size }, (_, row) => row);
  const again = rows.find((row) =>
    rows.subarray(0, row).some((other) => users[other] === users[row] && items[other] === items[row]),
  );
  if (again === undefined) throw new Error("no pair occurs twice");
  return [
    ["nothing", new Uint32Array(0)],
    ["one row", Uint32Array.of(3)],
    ["one of two that are alike", Uint32Array.of(again)],
    ["the user who has chosen everything", rows.filter((row) => users[row] === 2)],
    ["one choice of this user", rows.filter((row) => users[row] === 2).slice(2, 3)],
    ["a whole item", rows.filter((row) => items[row] === 4)],
    ["every other row", rows.filter((row) => row % 2 === 0)],
    ["everything", rows],
  ];
}

/** The negatives of the rows that stay. */
export function negativesLeft({ negatives, settings }: Objective, gone: Uint32Array): Uint32Array {
  const perRow = settings.sampling?.perRow ?? 1;
  return negatives.filter((_, place) => !gone.includes(Math.floor(place / perRow)));
}
