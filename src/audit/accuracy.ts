/** Is the model still as good? */

import { type RatingErrors, ratingErrors } from "../evaluation/rating.ts";
import { method } from "../method/method.ts";
import type { Part } from "../report/part.ts";
import type { Audit, AuditedModel } from "./audit.ts";
import { knownScores } from "./names.ts";

/** Errors on the held-out ratings, in rating units. Utility only: it cannot show forgetting. */
export interface AccuracyFinding {
  readonly ratings: number;
  readonly original: RatingErrors;
  readonly unlearned: RatingErrors;
  readonly retrained?: RatingErrors;
}

/** RMSE and MAE on the test file, of each model over the ratings whose user and item it knows, as `evaluate` counts them; null without a file. */
export const accuracy = method({
  name: "accuracy",
  summary: "RMSE and MAE on held-out ratings, before and after",
  source: "definition",
  needs: [],
  settings: {},
  cost: "closed form",
  make: (): Audit<AccuracyFinding | null> => ({
    question: "is the model still as good on held-out ratings?",
    async run({ original, unlearned, retrained, test }, { yieldToEventLoop }) {
      if (test?.ratings === undefined) return null;
      const { ratings } = test;
      const errors = async (model: AuditedModel): Promise<RatingErrors> => {
        await yieldToEventLoop();
        return ratingErrors(knownScores(model, test), ratings);
      };
      return {
        ratings: ratings.length,
        original: await errors(original),
        unlearned: await errors(unlearned),
        ...(retrained ? { retrained: await errors(retrained) } : {}),
      };
    },
    parts: (finding) => (finding === null ? [] : accuracyParts(finding)),
  }),
});

/** RMSE as bars, and all errors. */
function accuracyParts({ original, unlearned, retrained }: AccuracyFinding): Part[] {
  const models = Object.entries({ original, unlearned, ...(retrained ? { retrained } : {}) });
  return [
    {
      kind: "bars",
      title: "Error on held-out ratings",
      measure: "RMSE in rating units (less is better)",
      bars: models.map(([label, { rmse }]) => ({ label, value: rmse })),
    },
    {
      kind: "table",
      title: "Errors in rating units, over the ratings whose user and item a model knows",
      header: ["model", "RMSE", "MAE", "ratings", "unknown"],
      rows: models.map(([label, { rmse, mae, ratings, unknown }]) => [label, rmse, mae, ratings, unknown]),
    },
  ];
}
