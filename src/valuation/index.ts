/** The catalogue of valuers: estimators that train, or ask, on many subsets. */

import type { Estimator } from "../method/estimator.ts";
import type { Catalogue } from "../method/method.ts";
import { shapley } from "./shapley.ts";

export { shapley } from "./shapley.ts";

/** Every valuer. */
export const valuers: Catalogue<Estimator> = {
  what: "valuer",
  methods: [shapley],
  variants: {},
};
