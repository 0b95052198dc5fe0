/** The catalogue of models. */

export { canonicalise } from "./gauge.ts";
export {
  type FactorModel,
  type FactorTables,
  meanOf,
  paramsOf,
  score,
  scores,
  scoresOfUser,
  tablesOf,
} from "./matrix-factorization.ts";

/** Every model with what it computes. */
export const models = [
  { name: "mf", summary: "matrix factorization: mean + biases + dot product of embeddings" },
] as const;
