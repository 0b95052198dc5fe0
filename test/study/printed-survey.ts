/** Table 1 of the survey (Hammoudeh and Lowd 2024) as it is printed, column by column; asterisks left out. */

import type { Kin, Trait } from "../../src/method/index.ts";

/** A printed column. */
export interface Printed {
  readonly kin: Kin;
  readonly full: string;
  readonly further: string;
  readonly space: string;
  readonly storage: string;
}

/** The seven columns, by the name of the method here. */
export const printed: Readonly<Record<string, Printed>> = {
  "leave-one-out": { kin: "leave-one-out", full: "O(nT)", further: "O(n)", space: "O(n + p)", storage: "O(np)" },
  downsampling: { kin: "downsampling", full: "O(KT)", further: "O(K)", space: "O(n + p)", storage: "O(Kp)" },
  shapley: { kin: "Shapley value", full: "O(2ⁿT)", further: "O(2ⁿ)", space: "O(n + p)", storage: "O(2ⁿp)" },
  "influence-function": {
    ...{ kin: "influence functions", full: "O(np)", further: "O(np)", space: "O(n + p)", storage: "0" },
  },
  "representer-point": { kin: "representer point", full: "O(n)", further: "O(n)", space: "O(n + p)", storage: "0" },
  tracin: { kin: "TracIn", full: "O(npT)", further: "O(npT)", space: "O(n + p)", storage: "O(pT)" },
  hydra: { kin: "HyDRA", full: "O(npT)", further: "O(np)", space: "O(np)", storage: "O(pT + np)" },
};

/** The fourteen rows of check marks: which of the columns, left to right, have one. */
export const printedRows: readonly (readonly [Trait, string])[] = [
  ["assumes differentiable", "...xxxx"],
  ["assumes convexity", "...xx.."],
  ["assumes stationarity", "...xx.."],
  ["assumes linear model", "....x.."],
  ["optimizer specific", ".....xx"],
  ["uses Hessian", "...x..x"],
  ["any model class", "xxx...."],
  ["estimates leave-one-out", "xxxx..x"],
  ["group influence", ".xxx..."],
  ["hyperparameter sensitive", "...x..x"],
  ["generative models", ".xx..x."],
  ["high upfront cost", "xxx...x"],
  ["high instance cost", "..xx.x."],
  ["amortizable", "xxx..xx"],
];
