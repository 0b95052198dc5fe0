/** Which unlearner may be trusted with an erasure request: all of them forget, and each is measured against retraining. */

import type { Dataset } from "../../data/dataset.ts";
import { type ReadingOptions, readInteractions } from "../../data/reading.ts";
import { LetheError } from "../../errors.ts";
import { isFolder } from "../../exchange/files/make-folder.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { GivenSettings } from "../../method/method.ts";
import { namedPairs } from "../choosing/named-pairs.ts";
import { planOf } from "../choosing/plan.ts";
import { runOf, type UseOptions } from "../run.ts";
import { type NamedModel, openModel } from "../store/model.ts";
import { type ChosenMethod, checkOwners, chosenAudits, chosenMethods, settingsByOwner } from "./compare/choosing.ts";
import type { ComparedMethod, Comparison, Left } from "./compare/comparison.ts";
import { testFigures } from "./compare/measuring.ts";
import { recommendUnlearner, shareText, worstOf } from "./compare/recommendation.ts";
import { referenceStages, retrainings } from "./compare/reference.ts";
import { type RuleOrIds, requestTold, rowsToForget, ruleOf } from "./compare/requested.ts";
import { type Measuring, rowOf, rowOfOwn } from "./compare/rows.ts";
import { inStages, within as partOf, type Stage } from "./compare/stages.ts";
import { trainOn } from "./train.ts";
import { modelWarnings, readingWarnings } from "./train-warnings.ts";

/** What is compared. */
export interface CompareRequest extends RuleOrIds {
  /** Names of unlearners, or of methods that bring their own model; default: all unlearners that the model has what they need for. */
  readonly methods?: readonly string[] | undefined;
  /** Names of audits; default: those that cost little and give a verdict. */
  readonly audits?: readonly string[] | undefined;
  /** Of the request rule by their names, of a method or an audit as NAME.setting. */
  readonly settings?: GivenSettings | undefined;
  /** The share of the distance that a method may leave; default .01. */
  readonly within?: number | undefined;
  /** Seed of the retraining; default the model's + 1. */
  readonly seed?: number | undefined;
}

/** What comparing takes beside the request. */
export interface CompareOptions extends UseOptions {
  /** Held-out interactions. */
  readonly test?: Dataset | undefined;
}

/**
 * Retrains twice, lets every method forget, and measures each against the first retraining. The model is left as it is. Throws `bad-input` on a
 * request for nothing, and on settings of what takes no part.
 */
export async function compareUnlearners(
  named: NamedModel,
  request: CompareRequest,
  options: CompareOptions = {},
): Promise<Comparison> {
  const run = runOf(options);
  const { test } = options;
  const { within = 0.01 } = request;
  const { trained } = named;
  const rule = ruleOf(request);
  const settings = settingsByOwner(request.settings);
  const skipped: Record<string, string> = {};
  const skippedAudits: Record<string, string> = {};
  const methods = chosenMethods(request.methods, trained, settings, skipped);
  const ofRule = settings.get("") ?? {};
  const found = await rowsToForget(named, request, ofRule, run);
  const forgotten = namedPairs({ ...named.dataset, interactions: trained.interactions }, found.rows);
  // What audits miss is told before the long work: a retrained model there will be.
  const like = { original: named, unlearned: named, retrained: named, forgotten, test: test && namedPairs(test) };
  const audits = chosenAudits(request.audits, like, settings, skippedAudits);
  const names = [...methods, ...audits].map(({ name }) => name);
  checkOwners(settings, [...(rule === undefined ? [] : [""]), "distance", "top-items", ...names]);
  const task: Measuring = {
    ...{ rows: found.rows, seed: request.seed ?? trained.seed + 1, test, audits },
    distanceSettings: settings.get("distance") ?? {},
    topItemsSettings: settings.get("top-items") ?? {},
  };
  const next = inStages(run, [...referenceStages(), ...methods.flatMap(stagesOf)]);
  const known = await retrainings(named, task, next);
  const rows: ComparedMethod[] = [];
  for (const method of methods) {
    const row = await (method.own
      ? rowOfOwn(method, method.own, named, task, next)
      : rowOf(method, known, task, next())
    ).catch(cannot);
    if (typeof row === "string") skipped[method.name] = row;
    else rows.push(row);
  }
  const { reference } = known;
  const { userIds, itemIds } = named.dataset;
  return {
    model: {
      kind: trained.kind,
      ...{ users: userIds.size, items: itemIds.size, interactions: trained.interactions.size },
      test: await testFigures(named, test, { ...run, onProgress: undefined }),
    },
    request: requestTold(named, found, rule, ofRule),
    within,
    ...{ reference, rows, skipped, skippedAudits },
    recommendation: recommendUnlearner(rows, reference.floor, within),
    warnings: [...found.warnings, ...floorWarnings(reference.floor, within)],
  };
}

function stagesOf({ name, stage, own }: ChosenMethod): Stage[] {
  return own === undefined ? [stage] : [{ name: `${name}: train`, share: 1 }, ...referenceStages(name), stage];
}

/** Why a method could not, in words; what is no refusal is thrown on. */
function cannot(error: unknown): string {
  if (error instanceof LetheError && error.code === "unsupported") return error.message;
  throw error;
}

function floorWarnings(floor: Left, within: number): string[] {
  const { share, pairs } = worstOf(floor);
  if (share < within) return [];
  return [
    `two retrainings from different seeds differ by ${shareText(share)} of the distance on ${pairs} pairs: what a method leaves below that is noise, and \`within\` ${within} cannot be judged; train the model to an optimum (\`polish\`, or more L2), or raise \`within\``,
  ];
}

/** Where the model is from. */
export interface ComparedAt {
  readonly named: NamedModel;
  /** Seconds of training, where the place was a file of interactions; else null. */
  readonly trainSeconds: number | null;
  readonly warnings: readonly string[];
}

/** Opens a model folder, or trains the usual model on a file of interactions. Takes the first tenth of the progress. */
export async function modelAt(place: string, reading: ReadingOptions, run: RunContext): Promise<ComparedAt> {
  if (await isFolder(place)) return { named: await openModel(place, run), trainSeconds: null, warnings: [] };
  const read = await readInteractions(place, reading);
  const begun = performance.now();
  const named = await trainOn(read.dataset, planOf({ model: "mf" }), partOf(run, 0, 0.1));
  const trainSeconds = (performance.now() - begun) / 1000;
  const warnings = [...readingWarnings(read), ...(await modelWarnings(named.trained, run))];
  return { named, trainSeconds, warnings };
}

/** `compareUnlearners` at a place: a model folder, or a file of interactions. */
export async function compareAt(
  place: string,
  {
    reading = {},
    test,
    ...request
  }: CompareRequest & { readonly reading?: ReadingOptions; readonly test?: string | undefined },
  options: UseOptions = {},
): Promise<Comparison & { readonly trainSeconds: number | null }> {
  const run = runOf(options);
  const held = test === undefined ? undefined : (await readInteractions(test)).dataset;
  const { named, trainSeconds, warnings } = await modelAt(place, reading, run);
  const rest = trainSeconds === null ? run : partOf(run, 0.1, 1);
  const comparison = await compareUnlearners(named, request, { ...rest, test: held });
  return { ...comparison, trainSeconds, warnings: [...warnings, ...comparison.warnings] };
}
