/** The catalogue of models. */

import { dotProduct } from "./dot-product.ts";
import { gmf } from "./gmf.ts";
import { lightGcn } from "./light-gcn.ts";
import { mlp } from "./mlp.ts";
import type { ModelKind } from "./model.ts";
import { multVae } from "./mult-vae.ts";
import { neumf } from "./neumf.ts";

export { dotProduct } from "./dot-product.ts";
export { canonicalise } from "./gauge.ts";
export { gmf } from "./gmf.ts";
export { lightGcn } from "./light-gcn.ts";
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
export { mlp } from "./mlp.ts";
export type {
  DataDerivative,
  FactorForm,
  Linearised,
  Model,
  ModelKind,
  ModelSettings,
  NameKeys,
  Pairs as ModelPairs,
  TensorPlace,
} from "./model.ts";
export { multVae } from "./mult-vae.ts";
export { neumf } from "./neumf.ts";

/** Every kind of model whose scores can be differentiated twice, by name. */
export const modelKinds: Readonly<Record<string, ModelKind>> = Object.fromEntries(
  [dotProduct, gmf, mlp, neumf, lightGcn, multVae].map((kind) => [kind.name, kind as unknown as ModelKind]),
);

/** Every model with what it computes. */
export const models: readonly { readonly name: string; readonly summary: string }[] = [
  { name: "ials", summary: "matrix factorization of implicit feedback: every pair counts, by confidence" },
  ...Object.values(modelKinds).map(({ name, summary }) => ({ name, summary })),
];
