/** The catalogue of models. */

import { gmf } from "./gmf.ts";
import { lightGcn } from "./light-gcn.ts";
import { matrixFactorization } from "./matrix-factorization.ts";
import { mlp } from "./mlp.ts";
import type { ModelKind } from "./model.ts";
import { multVae } from "./mult-vae.ts";
import { neumf } from "./neumf.ts";

export {
  type FactorModel,
  type FactorTables,
  meanOf,
  paramsOf,
  score,
  scores,
  scoresOfUser,
  tablesOf,
} from "./factor-model.ts";
export { canonicalise } from "./gauge.ts";
export { gmf } from "./gmf.ts";
export { lightGcn } from "./light-gcn.ts";
export { matrixFactorization } from "./matrix-factorization.ts";
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
} from "./model.ts";
export { multVae } from "./mult-vae.ts";
export { neumf } from "./neumf.ts";
export type { TensorPlace } from "./tensors.ts";

/** Every kind of model whose scores can be differentiated twice, by name. */
export const modelKinds: Readonly<Record<string, ModelKind>> = Object.fromEntries(
  [matrixFactorization, gmf, mlp, neumf, lightGcn, multVae].map((kind) => [kind.name, kind as unknown as ModelKind]),
);

/** A name for a model with a loss. */
export interface Preset {
  readonly model: string;
  readonly loss: string;
  readonly summary: string;
}

/** Names that people know for a model with its loss. */
export const presets: Readonly<Record<string, Preset>> = {
  ials: {
    model: "mf",
    loss: "ials",
    summary: "matrix factorization of implicit feedback: every pair counts, by confidence",
  },
};

/** Every model with what it computes, presets first. */
export const models: readonly { readonly name: string; readonly summary: string }[] = [
  ...Object.entries(presets).map(([name, { summary }]) => ({ name, summary })),
  ...Object.values(modelKinds).map(({ name, summary }) => ({ name, summary })),
];
