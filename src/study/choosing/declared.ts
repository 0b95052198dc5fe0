/** How a foreign model was trained: as its importer or its file declares it. */

import { LetheError } from "../../errors.ts";
import type { ForeignFactors } from "../../exchange/foreign/factors.ts";
import type { FactorizationSettings, Regularizer } from "../../objective/factorization.ts";
import { type ImportPlaces, undeclared } from "./undeclared.ts";

/** What the importer states; it goes before what the file states. */
export interface Declared {
  /** "ials": implicit feedback; "mf": squared loss on ratings. */
  readonly loss?: "ials" | "mf" | undefined;
  readonly l2?: number | undefined;
  readonly l2Bias?: number | undefined;
  readonly regularizer?: Regularizer | undefined;
  readonly alpha?: number | undefined;
  readonly confidenceBase?: number | undefined;
}

/** What a format means where nothing is stated: the loss, the confidence's base, and whether L2 counts by interactions. */
interface Custom {
  readonly l2: string;
  readonly base: number;
  readonly regularizer: Regularizer;
  loss(stated: ForeignFactors["stated"]): "ials" | "mf" | undefined;
}

const customs: Readonly<Record<string, Custom>> = {
  // Every model that implicit saves so is one of implicit feedback; its data are the confidences.
  npz: { l2: "regularization", base: 0, regularizer: "table", loss: () => "ials" },
  // ALS-WR: every row's L2 is scaled by how many ratings it has.
  spark: {
    l2: "regParam",
    base: 1,
    regularizer: "interaction",
    loss: ({ implicitPrefs }) => (implicitPrefs === undefined ? undefined : implicitPrefs === true ? "ials" : "mf"),
  },
};
const plain: Custom = { l2: "regularization", base: 1, regularizer: "table", loss: () => undefined };

/** The objective's settings; throws `bad-input` that names all that is neither stated nor given. */
export function settingsOf(
  format: string,
  foreign: ForeignFactors,
  said: Declared,
  places: ImportPlaces,
): FactorizationSettings {
  const custom = customs[format] ?? plain;
  const { stated } = foreign;
  const number = (name: string) => (typeof stated[name] === "number" ? (stated[name] as number) : undefined);
  const loss = said.loss ?? custom.loss(stated);
  const l2 = said.l2 ?? number(custom.l2);
  if (loss === undefined || l2 === undefined)
    throw undeclared(places, { loss, l2, regularizer: said.regularizer, usual: custom.regularizer });
  if (!(l2 > 0))
    throw new LetheError(
      "bad-input",
      `the L2 of this model is ${l2}; without one its optimum is not unique and forgetting cannot be certified`,
      "declare another with `l2`, and `polish`",
    );
  refuseIdle(said, loss);
  refuseOneSided(foreign, places.path);
  const regularizer = said.regularizer ?? custom.regularizer;
  if (loss === "ials") {
    if (foreign.userBias || foreign.itemBias || foreign.mean)
      throw new LetheError(
        "bad-input",
        "this model has biases or a mean, which implicit feedback has not",
        "use `loss` mf",
      );
    const confidence = { base: said.confidenceBase ?? custom.base, alpha: said.alpha ?? number("alpha") ?? 1 };
    return {
      factors: foreign.factors,
      biases: false,
      mean: { kind: "fixed", value: 0 },
      l2,
      l2Bias: l2,
      regularizer,
      confidence,
    };
  }
  const biases = foreign.userBias !== undefined || foreign.itemBias !== undefined;
  return {
    factors: foreign.factors,
    biases,
    mean: { kind: "fixed", value: foreign.mean ?? 0 },
    l2,
    l2Bias: said.l2Bias ?? l2,
    regularizer,
  };
}

/** What the importer states and the model has no use for, as training refuses it. */
function refuseIdle(said: Declared, loss: "ials" | "mf"): void {
  const idle: readonly (keyof Declared)[] = loss === "ials" ? ["l2Bias"] : ["alpha", "confidenceBase"];
  const given = idle.find((name) => said[name] !== undefined);
  if (given === undefined) return;
  const other = loss === "ials" ? "mf" : "ials";
  throw new LetheError(
    "bad-input",
    `\`${given}\` is for \`loss\` ${other}, and this model is imported as ${loss}`,
    `leave \`${given}\` out, or give \`loss\` ${other}`,
    given,
  );
}

/** The objective has an L2 of both biases: those of one side alone are not at an optimum of it. */
function refuseOneSided({ userBias, itemBias }: ForeignFactors, path: string): void {
  if ((userBias === undefined) === (itemBias === undefined)) return;
  const [there, lacking, one] = userBias === undefined ? ["item", "user", "a user"] : ["user", "item", "an item"];
  throw new LetheError(
    "bad-input",
    `${path}: the file has ${there} biases and no ${lacking} biases: this objective has both, or none`,
    `add ${one} bias of 0 for each ${lacking} to the file and import with \`polish\`, or append the ${there} biases to the factors as one more column beside a column of ones`,
  );
}
