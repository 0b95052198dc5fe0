/** Is the model still as good? */

import { mae, rmse } from "../evaluation/rating.ts";
import { method } from "../method/method.ts";
import type { Audit, AuditedModel } from "./audit.ts";
import { scoresByIds } from "./names.ts";

/** Errors on the held-out ratings, in rating units. Utility only: it cannot show forgetting. */
export interface AccuracyFinding {
  readonly ratings: number;
  readonly original: Errors;
  readonly unlearned: Errors;
  readonly retrained?: Errors;
}

/** Root mean squared and mean absolute error. */
export interface Errors {
  readonly rmse: number;
  readonly mae: number;
}

/** RMSE and MAE on the test file; null without one. */
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
      const errors = async (model: AuditedModel): Promise<Errors> => {
        await yieldToEventLoop();
        const predicted = scoresByIds(model, test);
        return { rmse: rmse(predicted, ratings), mae: mae(predicted, ratings) };
      };
      return {
        ratings: ratings.length,
        original: await errors(original),
        unlearned: await errors(unlearned),
        ...(retrained ? { retrained: await errors(retrained) } : {}),
      };
    },
  }),
});
