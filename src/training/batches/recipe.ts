/** How a model is trained by batches: everything that, with the data and a seed, decides every byte of the result. */

import { LetheError } from "../../errors.ts";

/** An optimizer with its settings. */
export interface Recipe {
  /** "newton" minimises the whole objective by truncated Newton, from where `epochs` epochs of Adam lead; the others walk through batches. */
  readonly optimizer: "adam" | "sgd" | "newton";
  readonly learningRate: number;
  /** Of SGD; 0 is plain. */
  readonly momentum: number;
  /** The learning rate in epoch e (from 0) is learningRate·decay^e. */
  readonly decay: number;
  /** Units a batch: interactions, or users for losses on whole lists. */
  readonly batch: number;
  readonly epochs: number;
  /** Draws negatives anew for every epoch but the first, instead of using those that the objective keeps. "newton" keeps them. */
  readonly redraw: boolean;
  /** Stops after so many epochs without a better validation metric; 0 never stops. The best epoch is taken in either case. */
  readonly patience: number;
  /** Minimises the whole objective to the tolerance afterwards. */
  readonly polish: boolean;
}

/** The settings that suit most models. */
export const standardRecipe: Recipe = {
  optimizer: "adam",
  learningRate: 1e-3,
  momentum: 0,
  decay: 1,
  batch: 1024,
  epochs: 20,
  redraw: true,
  patience: 0,
  polish: false,
};

/** Throws `bad-input`, naming the setting, for a recipe that cannot be followed. */
export function checkRecipe(recipe: Recipe): void {
  const { optimizer, learningRate, momentum, decay } = recipe;
  const wrong = (name: keyof Recipe, expected: string): never => {
    throw new LetheError("bad-input", `${name} is ${JSON.stringify(recipe[name])}; expected ${expected}`);
  };
  if (!["adam", "sgd", "newton"].includes(optimizer)) wrong("optimizer", "adam, sgd or newton");
  if (!(learningRate > 0 && learningRate <= 1e6)) wrong("learningRate", "a number above 0");
  if (!(momentum >= 0 && momentum < 1)) wrong("momentum", "a number from 0 to below 1");
  if (momentum > 0 && optimizer !== "sgd") wrong("momentum", `0, because ${optimizer} has none`);
  if (!(decay > 0 && decay <= 1)) wrong("decay", "a number above 0, at most 1");
  for (const [name, least] of [
    ["batch", 1],
    ["epochs", 0],
    ["patience", 0],
  ] as const)
    if (!Number.isInteger(recipe[name]) || recipe[name] < least || recipe[name] > 2 ** 31)
      wrong(name, `a whole number from ${least}`);
}

/** The learning rate in an epoch, counted from 0. */
export function learningRateIn({ learningRate, decay }: Recipe, epoch: number): number {
  let rate = learningRate;
  // By products, because Math.pow differs between engines in the last bit.
  for (let e = 0; e < epoch; e++) rate *= decay;
  return rate;
}

/** A recipe from stored or given settings, the rest as in the standard; throws `bad-input` on a name or value that is none. */
export function recipeOf(given: Readonly<Record<string, unknown>>): Recipe {
  const recipe: Record<string, unknown> = { ...standardRecipe };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(standardRecipe, name) || typeof value !== typeof recipe[name])
      throw new LetheError("bad-input", `a recipe has no ${name} of ${JSON.stringify(value)}`);
    recipe[name] = value;
  }
  checkRecipe(recipe as unknown as Recipe);
  return recipe as unknown as Recipe;
}
