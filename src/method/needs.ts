/** What methods ask of models. */

import { alternates } from "../training/steps.ts";
import type { Smooth } from "../training/trained-model.ts";
import { untraceable } from "../training/trajectory/trajectory.ts";
import type { Need } from "./method.ts";

function need(name: string, unmet: Need["unmet"]): Need {
  return { name, unmet };
}

/** Parameters of an objective that can be differentiated twice. */
export const smoothParameters = need(
  "parameters of an objective that can be differentiated",
  ({ smooth, kind, shards }) => (smooth ? undefined : `${shards ? "a model in shards" : kind} has none of its own`),
);

/** A density of histories: a softmax over items, given a hidden code. */
export const historyDensity = need(
  "a density of what users choose: an autoencoder under a loss on whole lists",
  ({ smooth, kind }) => {
    if (smooth === undefined) return `${kind} has no parameters of its own`;
    const { tensors, settings } = smooth.objective;
    const isOne = tensors.some(({ name }) => name === "code_weights") && settings.loss.name === "multinomial";
    return isOne ? undefined : `${kind} under the loss ${settings.loss.name} has none`;
  },
);

/** A loss that is a sum over rows, with parameters that it can be differentiated by. */
export const rowTerms = need("a loss that is a sum over rows", (model) => {
  const why = smoothParameters.unmet(model);
  if (why !== undefined) return why;
  const { loss } = (model.smooth as Smooth).objective.settings;
  return loss.form === "listwise" ? `the loss ${loss.name} reads whole lists` : undefined;
});

/** Scores that read one user's and one item's rows, and what all share. */
export const localScores = need("scores that read one user and one item", ({ smooth, kind, shards }) => {
  if (smooth === undefined) return `${shards ? "a model in shards" : kind} has no parameters of its own to read`;
  const { model, settings } = smooth.objective;
  if (!model.local) return `${kind}'s read all of them`;
  if (settings.loss.form === "listwise" && settings.loss.confidence === undefined)
    return `every term of the loss ${settings.loss.name} reads all items`;
  return undefined;
});

/** Ratings under squared loss, to which others can be added. */
export const ratings = need("ratings under squared loss", ({ smooth, kind }) => {
  if (smooth === undefined) return `${kind} has no loss`;
  const { loss, sampling } = smooth.objective.settings;
  if (loss.name === "squared" && sampling === undefined) return undefined;
  return "interactions without ratings have no mean rating to put in their place";
});

/** Triples: a liked item against another that was drawn for it. */
export const triples = need("triples of a user, a liked item and another", ({ smooth, kind }) => {
  if (smooth === undefined) return `${kind} has no loss`;
  const { loss } = smooth.objective.settings;
  return loss.form === "pairwise" ? undefined : `the loss ${loss.name} compares no two items`;
});

/** Scores as dot products of embeddings. */
export const dotProducts = need("scores that are dot products", ({ factors, kind }) =>
  factors ? undefined : `${kind}'s are not`,
);

/** Scores that are linear in the row of one side, the other held, or in a last layer. */
export const linearScores = need(
  "scores that are linear in the row of a user or an item, or in a last layer",
  ({ smooth, kind, shards }) => {
    if (smooth === undefined) return `${shards ? "a model in shards" : kind} has no parameters of its own`;
    const { model, serving } = smooth.objective;
    if (!model.local) return `${kind}'s read all users and items`;
    return model.lastLayer || serving.asFactors ? undefined : `${kind}'s are not`;
  },
);

/** L2 above 0 on what scores are linear in: a user's or an item's row, or the last layer. */
export const positiveL2 = need("L2 above 0", ({ smooth, kind }) => {
  if (smooth === undefined) return `${kind} has none`;
  const { model, settings } = smooth.objective;
  const [name, value] = model.lastLayer ? ["l2Shared", settings.l2Shared] : ["l2", settings.l2];
  return value > 0 ? undefined : `\`${name}\` is 0 here: train with \`${name}\` above 0`;
});

/** L2 above 0 on all that users and items have of their own. */
export const tablesWithL2 = need("L2 above 0 on users' and items' parameters", ({ smooth, kind, shards }) => {
  if (smooth === undefined) return `${shards ? "a model in shards" : kind} has none`;
  const { model, settings } = smooth.objective;
  const { l2, l2Bias = l2 } = settings;
  const own = model.tensors.filter(({ rowsOf }) => rowsOf !== undefined);
  const lacking = l2 > 0 ? own.some(({ penalised }) => penalised === "bias") && !(l2Bias > 0) && "l2Bias" : "l2";
  return lacking && own.length > 0 ? `\`${lacking}\` is 0 here: train with \`${lacking}\` above 0` : undefined;
});

/** L2 on whole tables, which stays when rows go. */
export const tableL2 = need("L2 on tables", ({ smooth, kind }) => {
  if (smooth === undefined) return `${kind} has none`;
  return smooth.objective.settings.regularizer === "table"
    ? undefined
    : "`regularizer` is interaction here: train with `regularizer` table";
});

/** Users and items that can be solved in turn, each exactly. */
export const halfSolutions = need("users and items that can be solved in turn, each exactly", ({ smooth, kind }) => {
  if (smooth !== undefined && alternates(smooth.objective)) return undefined;
  return smooth === undefined
    ? `${kind} has no parameters of its own`
    : `${kind} under the loss ${smooth.objective.settings.loss.name} as it was trained has no closed forms`;
});

/** A network: weights that all pairs share. */
export const sharedWeights = need("weights that users and items share", ({ smooth, kind }) =>
  smooth?.objective.model.tensors.some(({ rowsOf, penalised }) => rowsOf === undefined && penalised === "shared")
    ? undefined
    : `${kind} has none`,
);

/** A graph or an input made of the interactions. */
export const dataInside = need("interactions in a graph or an input", ({ smooth, kind }) =>
  smooth?.objective.model.data ? undefined : `${kind} has neither`,
);

/** Members whose rows were dealt by outside ids alone. */
export const drawnShards = need("members in shards that outside ids draw", ({ shards, partitionSeesData, kind }) => {
  if (shards === undefined) return `${kind} has no members`;
  return partitionSeesData ? "this model's members have rows that are alike" : undefined;
});

/** Members whose rows were dealt by likeness. */
export const learnedShards = need("members in shards of like rows", ({ shards, partitionSeesData, kind }) => {
  if (shards === undefined) return `${kind} has no members`;
  return partitionSeesData ? undefined : "this model's members have rows that outside ids drew";
});

/** Scores as sums over trees, with the examples that these were grown on. */
export const ensembleOfTrees = need("an ensemble of trees", ({ trees, kind, shards }) =>
  trees ? undefined : `${shards ? "a model in shards" : kind} has none`,
);

/** Steps of batches that can be made again. */
export const recordedSteps = need("a training that can be retraced step by step", untraceable);

/**
 * Steps of plain stochastic gradient descent, of which alone an influence is a sum of inner products of gradients (survey, Eq. 54); with the setting
 * `heuristic` any recorded steps will do.
 */
export const plainSteps = need("steps of stochastic gradient descent without momentum", (model, settings) => {
  const why = untraceable(model);
  if (why !== undefined || settings?.heuristic === true) return why;
  const { optimizer, momentum } = model.trainer.recipe ?? {};
  if (optimizer === "sgd" && momentum === 0) return undefined;
  const other = optimizer === "sgd" ? `SGD with momentum ${momentum}` : optimizer;
  return `this model was trained by ${other}: train it with \`optimizer\` sgd and \`momentum\` 0, or set heuristic to true`;
});

/** Steps of stochastic gradient descent, with or without momentum. */
export const sgdSteps = need("steps of stochastic gradient descent", (model) => {
  const why = untraceable(model);
  if (why !== undefined || model.trainer.recipe?.optimizer === "sgd") return why;
  return "this model was trained by adam, whose steps depend on all before them: train it with `optimizer` sgd";
});

/** Where the setting `form` is ideal: steps of one row, whose change is that row's alone. */
export const singleSteps = need("steps of one row for the ideal form", ({ smooth, trainer }, settings) => {
  if (settings?.form !== "ideal") return undefined;
  if (smooth?.objective.settings.loss.form === "listwise")
    return "a step of this model has whole users: set `form` to first-order";
  const batch = trainer.recipe?.batch;
  return batch === 1 ? undefined : `this model was trained in batches of ${batch}: train it with \`batch\` 1`;
});
