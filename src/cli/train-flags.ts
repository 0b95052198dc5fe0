/** The flags that say what is trained and how, and the plan that they make. */

import { type Command, Option } from "commander";
import { LetheError } from "../errors.ts";
import { models } from "../model/index.ts";
import type { ModelSettings } from "../model/model.ts";
import type { Mean, Regularizer } from "../objective/factorization.ts";
import { losses } from "../objective/loss.ts";
import { scoredPlan, type TrainPlan } from "../study/plan.ts";
import type { Recipe } from "../training/recipe.ts";
import { atLeast, meanOption, positive, settingOption, whole } from "./options.ts";

/** What the flags hold. */
export interface PlanFlags {
  readonly model: string;
  readonly loss?: string;
  readonly factors?: number;
  readonly set?: ModelSettings;
  readonly l2?: number;
  readonly l2Bias?: number;
  readonly l2Shared?: number;
  readonly biases?: "both" | "none";
  readonly mean?: Mean;
  readonly regularizer: Regularizer;
  readonly alpha?: number;
  readonly confidenceBase?: number;
  readonly extraWeight?: number;
  readonly negatives?: number;
  readonly honest?: boolean;
  readonly optimizer?: Recipe["optimizer"];
  readonly learningRate?: number;
  readonly momentum?: number;
  readonly decay?: number;
  readonly batch?: number;
  readonly epochs?: number;
  readonly redraw?: boolean;
  readonly polish?: boolean;
  readonly patience?: number;
  readonly validation?: number;
  readonly refit?: boolean;
  readonly seed: number;
}

/** Adds the flags of the model, its objective and its training. */
export function withPlanFlags(command: Command): Command {
  return command
    .addOption(new Option("--model <name>", "the model").choices(models.map(({ name }) => name)).default("mf"))
    .addOption(
      new Option("--loss <name>", "what is minimised; by default what the model is usually trained with").choices(
        Object.keys(losses),
      ),
    )
    .option("--factors <n>", "length of the embeddings (default: 8)", whole(1, 1024))
    .option("--set <name=value>", "another setting of the model; lists as 32,16,8; may be repeated", settingOption)
    .option(
      "--l2 <x>",
      "λ: L2 of the embeddings, beside a sum of losses (default: 15; trained by batches: 1)",
      atLeast(0),
    )
    .option("--l2-bias <x>", "λ_b: L2 of the biases of mf (default: 5)", positive(1e12))
    .option(
      "--l2-shared <x>",
      "L2 of the weights that users and items share (default: that of the embeddings)",
      atLeast(0),
    )
    .addOption(new Option("--biases <which>", "user and item biases of mf (default: both)").choices(["both", "none"]))
    .addOption(
      new Option("--mean <x>", 'the mean of mf: "learned" (the default), or a number to fix it at').argParser(
        meanOption,
      ),
    )
    .addOption(
      new Option("--regularizer <kind>", "table: L2 stays when rows go; interaction: every row carries its own")
        .choices(["table", "interaction"])
        .default("table"),
    )
    .option("--alpha <x>", "ials: the confidence of an interaction r is base + alpha·r (default: 1)", positive(1e12))
    .option(
      "--confidence-base <x>",
      "ials: that base; 1 as Hu et al. and Spark, 0 as implicit (default: 1)",
      atLeast(0),
    )
    .option(
      "--extra-weight <x>",
      "weight of an autoencoder's divergence beside its likelihood (default: 0.2)",
      atLeast(0),
    )
    .option("--negatives <n>", "drawn negatives an interaction, where the loss wants them (default: 4)", whole(0, 1000))
    .option("--honest", "retraining without a row draws the others' negatives again, instead of keeping them")
    .addOption(
      new Option("--optimizer <name>", "how batches are walked through (default: adam)").choices([
        "adam",
        "sgd",
        "newton",
      ]),
    )
    .option("--learning-rate <x>", "of adam and sgd (default: 0.001)", positive(1e6))
    .option("--momentum <x>", "of sgd (default: 0)", atLeast(0))
    .option("--decay <x>", "factor of the learning rate from epoch to epoch (default: 1)", positive(1))
    .option("--batch <n>", "interactions (or users' lists) a batch (default: 1024; lists: 256)", whole(1))
    .option("--epochs <n>", "epochs at most (default: 20)", whole(0, 100_000))
    .option("--no-redraw", "keep the same negatives in every epoch")
    .option("--polish", "afterwards minimise the whole objective to the tolerance, by Newton's method")
    .option("--patience <n>", "stop after so many epochs without a better validation (default: 0, never)", whole(0))
    .option("--refit", "then train again on all interactions, for as many epochs as were best")
    .option(
      "--validation <n>",
      "hold out so many interactions of every user, and take the epoch that ranks them best",
      whole(0),
    );
}

/** Flags that only models trained by batches have, with the names that people type. */
const batchFlags: Readonly<Partial<Record<keyof PlanFlags, string>>> = {
  set: "--set",
  l2Shared: "--l2-shared",
  extraWeight: "--extra-weight",
  negatives: "--negatives",
  honest: "--honest",
  optimizer: "--optimizer",
  learningRate: "--learning-rate",
  momentum: "--momentum",
  decay: "--decay",
  batch: "--batch",
  epochs: "--epochs",
  polish: "--polish",
  patience: "--patience",
  validation: "--validation",
  refit: "--refit",
};
const factorFlags: Readonly<Partial<Record<keyof PlanFlags, string>>> = { l2Bias: "--l2-bias", mean: "--mean" };
const implicitFlags: Readonly<Partial<Record<keyof PlanFlags, string>>> = {
  alpha: "--alpha",
  confidenceBase: "--confidence-base",
};

/** The plan that the flags ask for; throws `bad-input` on flags that do not fit each other. */
export function planOf(flags: PlanFlags): TrainPlan {
  const exactly = flags.model === "mf" && (flags.loss === undefined || flags.loss === "squared");
  if (flags.model === "ials") return implicitPlan(flags);
  refuse(flags, implicitFlags, "the model ials");
  return exactly ? explicitPlan(flags) : batchPlan(flags);
}

/** A factorization without L2 has no unique optimum. */
function refuseNoL2({ l2 }: PlanFlags): void {
  if (l2 === 0)
    throw new LetheError(
      "bad-input",
      '--l2: found "0", expected a number above 0',
      "without L2 the optimum is not unique",
    );
}

function explicitPlan(flags: PlanFlags): TrainPlan {
  refuseNoL2(flags);
  refuseBatches(flags, "mf with squared loss is minimised to its optimum");
  return {
    kind: "factorization",
    settings: {
      factors: flags.factors ?? 8,
      biases: flags.biases !== "none",
      mean: flags.mean ?? { kind: "learned" },
      l2: flags.l2 ?? 15,
      l2Bias: flags.l2Bias ?? 5,
      regularizer: flags.regularizer,
    },
  };
}

function implicitPlan(flags: PlanFlags): TrainPlan {
  refuseNoL2(flags);
  refuseBatches(flags, "ials is minimised to its optimum");
  refuse(flags, factorFlags, "mf with squared loss: ials has no biases and no mean");
  if (flags.biases === "both")
    throw new LetheError("bad-input", "--biases both: ials has no biases", "leave --biases out, or choose --model mf");
  if (flags.loss !== undefined && flags.loss !== "squared")
    throw new LetheError(
      "bad-input",
      `--loss ${flags.loss}: ials has a squared loss`,
      "leave --loss out, or choose another --model",
    );
  return {
    kind: "factorization",
    settings: {
      factors: flags.factors ?? 8,
      biases: false,
      mean: { kind: "fixed", value: 0 },
      l2: flags.l2 ?? 15,
      l2Bias: 5,
      regularizer: flags.regularizer,
      confidence: { base: flags.confidenceBase ?? 1, alpha: flags.alpha ?? 1 },
    },
  };
}

function batchPlan(flags: PlanFlags): TrainPlan {
  refuse(flags, factorFlags, "mf with squared loss");
  refuseIdle(flags);
  const { optimizer, learningRate, momentum, decay, batch, epochs, redraw, polish, patience } = flags;
  const settings: Record<string, ModelSettings[string]> = { ...flags.set };
  if (flags.factors !== undefined) settings.factors ??= flags.factors;
  if (flags.biases !== undefined) settings.biases ??= flags.biases === "both";
  return scoredPlan({
    ...flags,
    settings,
    recipe: {
      ...{ optimizer, learningRate, momentum, decay, batch, epochs, polish, patience },
      ...(redraw === false ? { redraw } : {}),
    },
  });
}

function refuseBatches(flags: PlanFlags, instead: string): void {
  // `--no-redraw` is the one flag of batches that is there without being given.
  const given = { ...flags, redraw: flags.redraw === false ? false : undefined };
  refuse(given, { ...batchFlags, redraw: "--no-redraw" }, `models that are trained by batches; ${instead}`);
}

/** Flags that would do nothing beside these others. */
function refuseIdle({ epochs, polish, optimizer, validation = 0, patience = 0, refit }: PlanFlags): void {
  if (epochs === 0 && polish !== true && optimizer !== "newton")
    throw new LetheError("bad-input", "--epochs 0 trains nothing", "give 1 or more, or --polish");
  const needs = validation > 0 ? undefined : patience > 0 ? "--patience" : refit === true ? "--refit" : undefined;
  if (needs !== undefined)
    throw new LetheError(
      "bad-input",
      `${needs} needs rows to choose the epoch by`,
      `give --validation 1, or leave ${needs} out`,
    );
}

function refuse(flags: PlanFlags, names: Readonly<Partial<Record<keyof PlanFlags, string>>>, whose: string): void {
  for (const [key, flag] of Object.entries(names))
    if (flags[key as keyof PlanFlags] !== undefined)
      throw new LetheError(
        "bad-input",
        `${flag} is for ${whose}`,
        `leave ${flag} out, or choose another --model or --loss`,
      );
}
