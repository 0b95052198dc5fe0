/** Everything that values players: estimators and valuers under one roof. */

import { estimators } from "../../influence/index.ts";
import type { Estimator } from "../../method/estimator.ts";
import type { Catalogue } from "../../method/method.ts";
import { valuers } from "../../valuation/index.ts";

/** Estimators and valuers, by names that no two of them share. */
export const valuing: Catalogue<Estimator> = {
  what: "method",
  methods: [...valuers.methods, ...estimators.methods],
  variants: { ...valuers.variants, ...estimators.variants },
};
