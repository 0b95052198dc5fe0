/** The verb `train`: from interactions to a model folder. */

import { z } from "zod";
import { losses } from "../../objective/loss.ts";
import { aggregates, partitions } from "../../training/index.ts";
import { trainFile } from "../cases/train.ts";
import { checkRecordingFields, planFrom } from "../choosing/asked.ts";
import { modelCatalogue } from "../choosing/models.ts";
import {
  aboveZero,
  beginning,
  certificate,
  fromZero,
  leftovers,
  otherStarts,
  path,
  perhaps,
  reading,
  readingOf,
  starts,
  status,
} from "./schemas.ts";
import { verb } from "./verb.ts";

const names = (list: readonly string[]) => z.enum(list as [string, ...string[]]);

/** A setting of a model: a number, a word, true or false, or a list of numbers. */
const modelSettings = z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.array(z.number())]));

/** Model, objective and training; what is not given follows from the model and its loss. */
export const planFields = {
  model: names(modelCatalogue.map(({ name }) => name))
    .default("mf")
    .describe("the model"),
  loss: names(Object.keys(losses))
    .optional()
    .describe("what is minimised; by default what the model is usually trained with"),
  factors: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe("length of the embeddings (default: 8); with certifiable the most that there may be (default: 200)")
    .meta({ heading: "The model and its objective" }),
  set: modelSettings.optional().describe("another setting of the model; lists as 32,16,8; may be repeated"),
  l2: fromZero
    .optional()
    .describe(
      "λ: L2 of the embeddings, beside a sum of losses (default: follows from the data; trained by batches: 1); of boosting, L2 of the leaves (default: 0)",
    ),
  l2Bias: aboveZero.optional().describe("λ_b: L2 of the biases of mf (default: 5)"),
  l2Shared: fromZero
    .optional()
    .describe("L2 of the weights that users and items share (default: that of the embeddings)"),
  biases: z.enum(["both", "none"]).optional().describe("user and item biases of mf (default: both)"),
  mean: z
    .union([z.literal("learned"), z.number()])
    .optional()
    .describe('the mean of mf: "learned" (the default), or a number to fix it at'),
  regularizer: z
    .enum(["table", "interaction"])
    .optional()
    .describe(
      "table: L2 stays when rows go; interaction: every row carries its own (default: table; of certifiable the better)",
    ),
  alpha: aboveZero.optional().describe("ials: the confidence of an interaction r is base + alpha·|r| (default: 1)"),
  confidenceBase: fromZero.optional().describe("ials: that base; 1 as Hu et al. and Spark, 0 as implicit (default: 1)"),
  extraWeight: fromZero
    .optional()
    .describe("weight of an autoencoder's divergence beside its likelihood (default: 0.2)"),
  negatives: z
    .int()
    .min(0)
    .max(1000)
    .optional()
    .describe("drawn negatives an interaction, where the loss wants them (default: 4)"),
  honest: z
    .boolean()
    .optional()
    .describe("retraining without a row draws the others' negatives again, instead of keeping them"),
  optimizer: z
    .enum(["adam", "sgd", "newton"])
    .optional()
    .describe("how batches are walked through (default: adam)")
    .meta({ heading: "Training by batches" }),
  learningRate: z
    .number()
    .positive()
    .max(1e6)
    .optional()
    .describe("of adam and sgd (default: 0.001), and of boosting (default: 0.1)"),
  momentum: fromZero.optional().describe("of sgd (default: 0)"),
  decay: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe("factor of the learning rate from epoch to epoch (default: 1)"),
  batch: z.int().min(1).optional().describe("interactions (or users' lists) a batch (default: 1024; lists: 256)"),
  epochs: z.int().min(0).max(100_000).optional().describe("epochs at most (default: 20)"),
  redraw: z.boolean().default(true).describe("keep the same negatives in every epoch"),
  polish: z
    .boolean()
    .optional()
    .describe("afterwards minimise the whole objective to the tolerance, by Newton's method"),
  patience: z
    .int()
    .min(0)
    .optional()
    .describe("stop after so many epochs without a better validation (default: 0, never)"),
  refit: z
    .boolean()
    .optional()
    .describe("then train again on all interactions; after a validation for as many epochs as were best"),
  validation: z
    .int()
    .min(0)
    .optional()
    .describe("hold out n interactions of every user, and take the epoch that ranks them best"),
  holdout: z
    .union([z.number(), z.string()])
    .optional()
    .describe("hold out a share (10%, 0.1) or a number of interactions, and measure the error on them"),
  shards: z
    .int()
    .min(2)
    .max(1000)
    .optional()
    .describe("train n members, each on its shard: forgetting trains those again that held a row")
    .meta({ heading: "In shards" }),
  partition: z
    .enum(partitions)
    .optional()
    .describe("what goes to a shard together; similarity: balanced clusters of embeddings (default: users)"),
  aggregate: z
    .enum(aggregates)
    .optional()
    .describe(
      "own: the member that holds the user scores; mean: all of them; attention: learned weights (default: own, or mean where users are dealt apart)",
    ),
  slices: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe("train each shard slice by slice: forgetting goes back to the first slice that held a row (default: 1)"),
  trainer: z
    .enum(["sisa", "receraser"])
    .optional()
    .describe(
      "training in shards as a paper has it: sisa (5, by interactions, mean), receraser (8, similar users, attention)",
    ),
};

/** What `train` is asked. */
export const trainRequest = z.strictObject({
  files: z
    .array(path)
    .min(1)
    .describe(
      "interactions, in one file or more: .dat, .csv, .tsv, .inter, lines of user item item … or of JSON, .parquet; text also .gz; a folder of parts; - for standard input",
    ),
  out: path
    .describe("model folder to write; a model that is there is replaced in one step")
    .meta({ heading: "What is trained" }),
  ...planFields,
  seed: z
    .int()
    .min(0)
    .default(1)
    .describe("where the parameters start (but by continuation), and what is drawn beside them")
    .meta({ heading: "Where training begins and ends" }),
  start: beginning
    .optional()
    .describe(
      "where mf with squared loss and ials begin: from a λ at which all factors vanish down to theirs, or at random factors (default: continuation, which draws nothing)",
    ),
  certifiable: z
    .boolean()
    .optional()
    .describe(
      "go to the global optimum of mf with squared loss or ials, and prove it: with as many factors as that needs; without an L2 the cheapest on the path of λ whose error on held-out rows is near the lowest",
    ),
  starts: starts.describe(
    "of mf with squared loss and ials: train so many times more from random factors, and tell whether these end elsewhere (default: 0)",
  ),
  tolerance: z
    .number()
    .positive()
    .optional()
    .describe(
      "‖∇J‖ at which training is converged (default: 1e-8; mf with squared loss and ials: times the scale of the data)",
    ),
  maxSteps: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe("Newton steps at most, where training goes to an optimum (default: 300; by batches: 100)"),
  ...reading,
  duplicates: z
    .enum(["keep", "last", "sum", "error"])
    .optional()
    .describe("rows of the same user and item: each counts, the last, their sum, or refuse (default: keep; ials: sum)"),
  checkpoint: path
    .optional()
    .describe("keep where training stands after every epoch, and go on from there")
    .meta({ heading: "Recording a training by batches" }),
  batchLog: path.optional().describe("new file for a line of JSON about every step, parameters beside it"),
  batchLogEvery: z
    .int()
    .min(1)
    .optional()
    .describe("keep the parameters before every n-th step (default: the first of each epoch)"),
});

/** What `train` answers. */
export const trainResult = z.looseObject({
  model: z.string(),
  status,
  objective: perhaps,
  gradientNorm: perhaps,
  tolerance: perhaps,
  /** What the tolerance is 1e-8 of, where it follows from the data. */
  toleranceScale: perhaps,
  l2: z.number(),
  /** Whether λ was given, is usual for such a training, or follows from the data. */
  l2From: z.enum(["given", "usual", "data"]),
  /** How far the scores are from the data; null without an objective and without ratings. */
  error: z
    .looseObject({
      metric: z.enum(["rmse", "loss"]),
      unit: z.enum(["rating", "preference", "nats"]),
      train: z.number(),
      test: perhaps,
      mean: perhaps,
      rows: z.strictObject({ train: z.int(), test: z.int(), unknown: z.int() }),
    })
    .nullable(),
  /** How well held-out items are ranked, by models that predict no ratings. */
  ranking: z
    .looseObject({ metric: z.literal("ndcg@10"), test: z.number(), popular: z.number(), users: z.int() })
    .nullable(),
  /** Of a model that was to be the global optimum. */
  certificate: certificate.optional(),
  /** What that was chosen from, and what the proof costs. */
  certifiable: z
    .looseObject({
      rank: z.int(),
      factors: z.int(),
      l2: z.number(),
      l2Bias: perhaps,
      regularizer: z.string(),
      heldOutError: perhaps,
      path: z.array(
        z.looseObject({
          regularizer: z.string(),
          l2: z.number(),
          rank: z.int(),
          error: z.number(),
          seconds: z.number(),
        }),
      ),
      uncertified: z.looseObject({ factors: z.int(), l2: z.number(), error: z.number() }).nullable(),
      seconds: z.strictObject({ path: z.number(), training: z.number(), certificate: z.number() }),
    })
    .optional(),
  seconds: z.number(),
  users: z.int(),
  items: z.int(),
  interactions: z.int(),
  duplicates: z.int(),
  seed: z.int(),
  begins: beginning.nullable(),
  otherStarts: otherStarts.nullable(),
  out: z.string(),
  /** Whether training was to go on until an optimum. */
  toOptimum: z.boolean(),
  /** How rows of the same user and item were read. */
  read: z.enum(["keep", "last", "sum", "error"]),
  /** Epochs of a checkpoint that training went on from. */
  resumed: z.int().nullable(),
  notes: z.array(z.string()).optional(),
  /** What makes the model useless or doubtful although training ended well, and what to do. */
  warnings: z.array(z.string()),
  leftovers,
});

/** Trains a model on a file of interactions. */
export const train = verb({
  name: "train",
  summary: "train a model on a file of interactions",
  request: trainRequest,
  result: trainResult,
  async run(request, run) {
    const { files, out, seed, starts, tolerance, maxSteps, checkpoint, batchLog, batchLogEvery } = request;
    const plan = planFrom(request);
    checkRecordingFields(request, plan);
    const duplicates = request.duplicates ?? (plan.settings?.loss.confidence ? "sum" : "keep");
    let resumed: number | null = null;
    const report = await trainFile(files, out, plan, {
      ...run,
      ...{ seed, starts, tolerance, maxSteps, checkpoint, batchLog, batchLogEvery },
      onResume: (epochs) => {
        resumed = epochs;
        run.onProgress?.({ phase: "resumed", step: epochs, fraction: 0 });
      },
      reading: { ...readingOf(request), duplicates },
    });
    const { notes, warnings, error, ranking, certificate: proof, certifiable, ...rest } = report;
    const { toOptimum } = plan.trainer;
    return {
      ...rest,
      ...(notes ? { notes: [...notes] } : {}),
      error: error && { ...error },
      ranking: ranking && { ...ranking },
      ...(proof && certifiable
        ? {
            certificate: { ...proof },
            certifiable: { ...certifiable, path: certifiable.path.map((place) => ({ ...place })) },
          }
        : {}),
      otherStarts: rest.otherStarts && { ...rest.otherStarts },
      warnings: [...warnings],
      toOptimum,
      read: duplicates,
      resumed,
    };
  },
});
