/** What the survey's Table 1 asks of every method of influence, and where its Figure 2 has it (Hammoudeh & Lowd 2024). */

/** The yes-or-no rows of Table 1. */
export const traits = [
  "assumes differentiable",
  "assumes convexity",
  "assumes stationarity",
  "assumes linear model",
  "optimizer specific",
  "uses Hessian",
  "any model class",
  "estimates leave-one-out",
  "group influence",
  "hyperparameter sensitive",
  "generative models",
  "high upfront cost",
  "high instance cost",
  "amortizable",
] as const;

/** One of them. */
export type Trait = (typeof traits)[number];

/** The seven primary methods of Figure 2; every other is listed below one of them. */
export type Kin =
  | "leave-one-out"
  | "downsampling"
  | "Shapley value"
  | "influence functions"
  | "representer point"
  | "TracIn"
  | "HyDRA";

/** The families of Figure 2. */
export type Family = "retraining" | "static gradient" | "dynamic gradient";

/** The family of each of the seven, in the figure's order. */
export const familyOf: Readonly<Record<Kin, Family>> = {
  "leave-one-out": "retraining",
  downsampling: "retraining",
  "Shapley value": "retraining",
  "influence functions": "static gradient",
  "representer point": "static gradient",
  TracIn: "dynamic gradient",
  HyDRA: "dynamic gradient",
};

/** The properties of a method. Complexities in n players (rows of a closed form), p parameters, T steps of a training, K trainings or sets, S seeds, and what the method's page adds. */
export interface Properties {
  readonly family: Family;
  readonly kin: Kin;
  /** Time for the first target. */
  readonly full: string;
  /** Time for each further target. */
  readonly further: string;
  readonly space: string;
  /** What is kept between targets, beside the model. */
  readonly storage: string;
  readonly traits: readonly Trait[];
}
