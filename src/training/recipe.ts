/** How a model is trained by batches: everything that, with the data and a seed, decides every byte of the result. */

/** An optimizer with its settings. */
export interface Recipe {
  /** "newton" minimises the whole objective by truncated Newton; the others walk through batches. */
  readonly optimizer: "adam" | "sgd" | "newton";
  readonly learningRate: number;
  /** Of SGD; 0 is plain. */
  readonly momentum: number;
  /** The learning rate in epoch e (from 0) is learningRate·decay^e. */
  readonly decay: number;
  /** Units a batch: interactions, or users for losses on whole lists. */
  readonly batch: number;
  readonly epochs: number;
  /** Draws negatives anew for every epoch, instead of using those that the objective keeps. */
  readonly redraw: boolean;
  /** Stops after so many epochs without a better validation metric, and takes the best; 0 never stops. */
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
