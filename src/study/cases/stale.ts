/** How far rows may move before an explanation that was kept is stale. */

import type { Rows } from "../../data/interactions.ts";
import { LetheError } from "../../errors.ts";
import { estimators, fastInfluence, staleBeyond, tableFactorRatings, type Validity } from "../../influence/index.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { type GivenSettings, methodNamed } from "../../method/method.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";

/** What is asked about: which estimator told the influences, and by how much they may be wrong. */
export interface StaleRequest {
  readonly trained: TrainedModel;
  readonly method: string;
  readonly settings: GivenSettings | undefined;
  readonly user: number;
  readonly item: number;
  readonly run: RunContext;
}

/** Throws `unsupported` where no such distance can be told: other estimators, their published forms, and other models. */
export function requireStale({
  trained,
  method,
  settings: given = {},
}: Omit<StaleRequest, "user" | "item" | "run">): void {
  const why = tableFactorRatings.unmet(trained);
  if (why !== undefined)
    throw new LetheError(
      "unsupported",
      `\`staleWithin\` needs ${tableFactorRatings.name}; ${why}`,
      "leave it out, and explain anew after every change of the model",
    );
  const { entry, settings } = methodNamed(estimators, method);
  const { form = "leverage" } = { ...settings, ...given };
  if (entry !== fastInfluence || form !== "leverage")
    throw new LetheError(
      "unsupported",
      `\`staleWithin\` is about fast-influence in its form leverage; ${entry === fastInfluence ? `the form is ${form}` : `the method is ${method}`}`,
      "leave out `method` and `settings`, or `staleWithin`",
    );
}

/** For each row the distance within which its influence is right to `limit`; null where none can be told. */
export function staleOf(
  { trained, user, item, run }: StaleRequest,
  rows: Rows,
  limit: number,
): Promise<(Validity | null)[]> {
  return staleBeyond(trained.smooth as Smooth, { user, item }, rows, limit, run);
}
