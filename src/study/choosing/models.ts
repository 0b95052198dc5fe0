/** Every model that can be asked for: those of an objective, and boosted trees. */

import { models } from "../../model/index.ts";
import { boostingName } from "../../training/boosting.ts";

/** Names and what they compute. */
export const modelCatalogue: readonly { readonly name: string; readonly summary: string }[] = [
  ...models,
  { name: boostingName, summary: "gradient-boosted trees on means, counts and first days of users and items" },
];
