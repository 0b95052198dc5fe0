/** The plan that the fields of a training request ask for; throws `bad-input` on fields that do not fit each other. */

import { LetheError } from "../../errors.ts";
import type { ModelSettings } from "../../model/model.ts";
import type { Regularizer } from "../../objective/factorization.ts";
import type { Recipe } from "../../training/batches/recipe.ts";
import { boostingName } from "../../training/boosting.ts";
import { keepsUsers, type Sharding, shardPresets, usualSharding } from "../../training/shards/sharding.ts";
import type { Beginning } from "../../training/trained-model.ts";
import { boostingPlan } from "./boosting-plan.ts";
import { holdoutOf } from "./holdout.ts";
import { planOf, type TrainPlan, type TrainWishes } from "./plan.ts";

/** What a training request says of the model, its objective and its training. */
export interface PlanFields {
  readonly model: string;
  readonly loss?: string | undefined;
  readonly factors?: number | undefined;
  readonly set?: ModelSettings | undefined;
  readonly l2?: number | undefined;
  readonly l2Bias?: number | undefined;
  readonly l2Shared?: number | undefined;
  readonly biases?: "both" | "none" | undefined;
  readonly mean?: "learned" | number | undefined;
  readonly regularizer?: Regularizer | undefined;
  readonly alpha?: number | undefined;
  readonly confidenceBase?: number | undefined;
  readonly extraWeight?: number | undefined;
  readonly negatives?: number | undefined;
  readonly honest?: boolean | undefined;
  readonly optimizer?: Recipe["optimizer"] | undefined;
  readonly learningRate?: number | undefined;
  readonly momentum?: number | undefined;
  readonly decay?: number | undefined;
  readonly batch?: number | undefined;
  readonly epochs?: number | undefined;
  readonly redraw?: boolean | undefined;
  readonly polish?: boolean | undefined;
  readonly patience?: number | undefined;
  readonly validation?: number | undefined;
  readonly holdout?: string | number | undefined;
  readonly maxSteps?: number | undefined;
  readonly tolerance?: number | undefined;
  readonly refit?: boolean | undefined;
  readonly start?: Beginning | undefined;
  readonly certifiable?: boolean | undefined;
  readonly shards?: number | undefined;
  readonly partition?: Sharding["partition"] | undefined;
  readonly aggregate?: Sharding["aggregate"] | undefined;
  readonly slices?: number | undefined;
  readonly trainer?: keyof typeof shardPresets | undefined;
  readonly seed: number;
}

type Field = keyof PlanFields;

/** Fields of models trained by batches that boosted trees have too. */
const settingFields: readonly Field[] = ["set", "negatives", "learningRate"];
/** Fields that only models trained by batches have. */
const batchFields: readonly Field[] = [
  "l2Shared",
  "extraWeight",
  "honest",
  "optimizer",
  "momentum",
  "decay",
  "batch",
  "epochs",
  "polish",
  "patience",
  "validation",
];
const explicitFields: readonly Field[] = ["l2Bias", "mean"];
const implicitFields: readonly Field[] = ["alpha", "confidenceBase"];
/** Fields of every model that minimises an objective. */
const objectiveFields: readonly Field[] = ["factors", "biases", "tolerance", "maxSteps"];
const closedFields: readonly Field[] = ["start", "certifiable"];
const shardFields: readonly Field[] = ["shards", "partition", "aggregate", "slices", "trainer"];

/** The plan of a request. */
export function planFrom(fields: PlanFields): TrainPlan {
  refuseIdleRefit(fields);
  const holdout = holdoutOf(fields.holdout);
  const { refit = false } = fields;
  return openPlan({ ...fields, refit: undefined }, { holdout, refit });
}

type Held = Pick<TrainPlan, "holdout" | "refit">;

function openPlan(fields: PlanFields, held: Held): TrainPlan {
  const { model, loss } = fields;
  if (model === boostingName) return treesPlan(fields, held);
  if (model === "ials" || (model === "mf" && loss === "ials")) return implicitPlan(fields, held);
  refuse(fields, implicitFields, "the model ials");
  const exactly = model === "mf" && (loss === undefined || loss === "squared");
  return exactly ? explicitPlan(fields, held) : batchPlan(fields, held);
}

/** A factorization without L2 has no unique optimum. */
function refuseNoL2({ l2 }: PlanFields): void {
  if (l2 === 0)
    throw new LetheError(
      "bad-input",
      '`l2`: found "0", expected a number above 0',
      "without L2 the optimum is not unique",
      "l2",
    );
}

function explicitPlan(fields: PlanFields, held: Held): TrainPlan {
  refuseNoL2(fields);
  refuseBatches(fields, "mf with squared loss is minimised to its optimum");
  const { l2, l2Bias, regularizer, mean } = fields;
  const settings = {
    ...factorsOf(fields),
    biases: fields.biases !== "none",
    mean: mean ?? ("learned" as const),
  };
  return planOf({
    ...{ model: "mf", loss: "squared", settings, l2, l2Bias, regularizer },
    ...beginningOf(fields),
    ...held,
    ...shardingOf(fields),
  });
}

function factorsOf({ factors }: PlanFields): { factors?: number } {
  return factors === undefined ? {} : { factors };
}

function implicitPlan(fields: PlanFields, held: Held): TrainPlan {
  refuseNoL2(fields);
  refuseBatches(fields, "ials is minimised to its optimum");
  refuse(fields, explicitFields, "mf with squared loss: ials has no biases and no mean");
  if (fields.biases === "both")
    throw new LetheError("bad-input", "`biases` both: ials has no biases", "leave `biases` out, or choose `model` mf");
  if (fields.loss !== undefined && fields.loss !== "squared" && fields.loss !== "ials")
    throw new LetheError(
      "bad-input",
      `\`loss\` ${fields.loss}: ials has a squared loss`,
      "leave `loss` out, or choose another `model`",
    );
  const { l2, regularizer } = fields;
  const confidence = { base: fields.confidenceBase ?? 1, alpha: fields.alpha ?? 1 };
  return planOf({
    model: "ials",
    settings: factorsOf(fields),
    confidence,
    ...{ l2, regularizer },
    ...beginningOf(fields),
    ...held,
    ...shardingOf(fields),
  });
}

/** Where closed forms begin, and whether they go to the global optimum, which allows neither another start nor parts of the data. */
function beginningOf(fields: PlanFields): Pick<TrainWishes, "begins" | "certifiable"> {
  const { start: begins, certifiable = false } = fields;
  if (!certifiable) return { begins };
  const others = ["trainer", "shards"] as const;
  const found = begins === "random" ? "start" : others.find((name) => fields[name] !== undefined);
  if (found === undefined) return { begins, certifiable };
  const why =
    found === "start"
      ? "goes down from a λ at which all factors vanish, and draws nothing"
      : "is a proof about one optimum, and members in shards have one each";
  throw new LetheError(
    "bad-input",
    `\`${found}\` beside \`certifiable\`: that ${why}`,
    `leave \`${found}\` or \`certifiable\` out`,
    found,
  );
}

function shardingOf({ seed, ...fields }: PlanFields): Pick<TrainWishes, "sharding" | "seed"> {
  const { trainer, shards, partition, aggregate, slices } = fields;
  const preset = trainer && shardPresets[trainer];
  if (shards === undefined && preset === undefined) {
    const idle = (["partition", "aggregate", "slices"] as const).find((name) => fields[name] !== undefined);
    if (idle)
      throw new LetheError(
        "bad-input",
        `\`${idle}\` is for training in shards`,
        `give \`shards\`, or leave \`${idle}\` out`,
        idle,
      );
    return { seed };
  }
  const kept = keepsUsers({ partition: partition ?? preset?.partition ?? usualSharding.partition });
  const usual = preset ?? { aggregate: kept ? ("own" as const) : ("mean" as const) };
  return { seed, sharding: { ...usual, ...given({ shards, partition, aggregate, slices }) } };
}

/** The fields that are there. */
function given<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>;
}

function batchPlan(fields: PlanFields, held: Held): TrainPlan {
  refuse(fields, [...explicitFields, ...closedFields], "mf with squared loss");
  refuseIdle(fields);
  const { optimizer, learningRate, momentum, decay, batch, epochs, redraw, polish, patience } = fields;
  const settings: Record<string, ModelSettings[string]> = { ...fields.set };
  if (fields.factors !== undefined) settings.factors ??= fields.factors;
  if (fields.biases !== undefined) settings.biases ??= fields.biases === "both";
  return planOf({
    ...fields,
    ...held,
    ...shardingOf(fields),
    settings,
    recipe: {
      ...{ optimizer, learningRate, momentum, decay, batch, epochs, polish, patience },
      ...(redraw === false ? { redraw } : {}),
    },
  });
}

/** Trees have settings of their own, and most of what an objective has means nothing to them. */
function treesPlan(fields: PlanFields, held: Held): TrainPlan {
  const given = { ...fields, redraw: fields.redraw === false ? false : undefined };
  const others: Field[] = [
    ...closedFields,
    ...objectiveFields,
    ...explicitFields,
    ...implicitFields,
    ...batchFields,
    ...shardFields,
  ];
  refuse(given, [...others, "redraw", "regularizer"], "models that minimise an objective; boosting grows trees");
  const { loss, set, l2, negatives, learningRate, seed } = fields;
  return boostingPlan({ loss, settings: set, l2, negatives, learningRate, seed, ...held });
}

function refuseBatches(fields: PlanFields, instead: string): void {
  // `redraw` is the one field of batches that is there without being given.
  const given = { ...fields, redraw: fields.redraw === false ? false : undefined };
  refuse(given, [...settingFields, ...batchFields, "redraw"], `models that are trained by batches; ${instead}`);
}

/** Fields that would do nothing beside these others. */
function refuseIdle({ epochs, polish, optimizer, maxSteps, validation = 0, patience = 0 }: PlanFields): void {
  if (epochs === 0 && polish !== true && optimizer !== "newton")
    throw new LetheError("bad-input", "`epochs` 0 trains nothing", "give 1 or more, or `polish`", "epochs");
  if (maxSteps !== undefined && polish !== true && optimizer !== "newton")
    throw new LetheError(
      "bad-input",
      "`maxSteps` is for training that goes to an optimum, and batches do not",
      "give `polish`, or leave `maxSteps` out; `epochs` says how long batches go on",
      "maxSteps",
    );
  if (patience > 0 && validation === 0)
    throw new LetheError(
      "bad-input",
      "`patience` needs rows to choose the epoch by",
      "give `validation` 1, or leave `patience` out",
      "patience",
    );
}

/** Training again on all rows is for rows that were held out. */
function refuseIdleRefit({ refit, validation = 0, holdout }: PlanFields): void {
  if (refit !== true || validation > 0 || holdout !== undefined) return;
  throw new LetheError(
    "bad-input",
    "`refit` needs rows that were held out: to choose the epoch by, or to measure the error on",
    "give `validation` 1 (by batches) or `holdout` 10%, or leave `refit` out",
    "refit",
  );
}

function refuse(fields: Partial<PlanFields>, names: readonly Field[], whose: string): void {
  for (const name of names)
    if (fields[name] !== undefined)
      throw new LetheError(
        "bad-input",
        `\`${name}\` is for ${whose}`,
        `leave \`${name}\` out, or choose another \`model\` or \`loss\``,
        name,
      );
}

/** What a training keeps on disk while it runs. */
export interface RecordingFields {
  readonly checkpoint?: string | undefined;
  readonly batchLog?: string | undefined;
  readonly batchLogEvery?: number | undefined;
  readonly refit?: boolean | undefined;
}

/** Throws `bad-input` on places for a recording that the plan has no use for. */
export function checkRecordingFields(fields: RecordingFields, { recipe }: TrainPlan): void {
  const { batchLog, batchLogEvery, refit } = fields;
  const given = (["checkpoint", "batchLog", "batchLogEvery"] as const).find((name) => fields[name] !== undefined);
  if (given !== undefined && recipe === undefined)
    throw new LetheError(
      "bad-input",
      `\`${given}\` is for models that are trained by batches; mf with squared loss and ials are minimised to their optimum, and boosting grows trees`,
      `leave \`${given}\` out, or choose another \`model\` or \`loss\``,
      given,
    );
  if (batchLogEvery !== undefined && batchLog === undefined)
    throw new LetheError(
      "bad-input",
      "`batchLogEvery` says how to keep a `batchLog`",
      "give `batchLog` FILE, or leave `batchLogEvery` out",
      "batchLogEvery",
    );
  if (batchLog !== undefined && refit === true)
    throw new LetheError(
      "bad-input",
      "`batchLog` is of one training, and `refit` makes two",
      "choose the epochs with `validation` first; then `epochs` with so many, on all rows, ends with the same bytes",
      "batchLog",
    );
}
