/** Which unlearner may be trusted with an erasure request: all of them forget, and each is measured against retraining. */

import type { Dataset } from "../../data/dataset.ts";
import { readInteractions } from "../../data/reading.ts";
import { LetheError } from "../../errors.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { GivenSettings } from "../../method/method.ts";
import { within as partOf } from "../../run.ts";
import { namedPairs } from "../choosing/named-pairs.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";
import { type ChosenMethod, checkOwners, chosenAudits, chosenMethods, settingsByOwner } from "./compare/choosing.ts";
import type { ComparedMethod, ComparedRequest, Comparison, Left } from "./compare/comparison.ts";
import { testFigures } from "./compare/measuring.ts";
import { type FileOptions, modelAt } from "./compare/place.ts";
import { recommendUnlearner, shareText, worstOf } from "./compare/recommendation.ts";
import { type Retrainings, referenceStages, retrainings } from "./compare/reference.ts";
import { type Chosen, type RuleOrIds, requestTold, rowsToForget, ruleOf } from "./compare/requested.ts";
import { type Measuring, rowOf, rowOfOwn } from "./compare/rows.ts";
import { inStages, type Stage } from "./compare/stages.ts";

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
  { test, ...options }: CompareOptions = {},
): Promise<Comparison> {
  const run = runOf(options);
  const { within = 0.01 } = request;
  const { methods, task, told, skipped, ...plan } = await planned(named, request, test, run);
  const next = inStages(run, [...referenceStages(), ...methods.flatMap(stagesOf)]);
  const known = await retrainings(named, task, next);
  const rows: ComparedMethod[] = [];
  for (const method of methods) {
    const row = await rowFor(method, known, task, next).catch(cannot);
    if (typeof row === "string") skipped[method.name] = row;
    else rows.push(row);
  }
  const { userIds, itemIds } = named.dataset;
  const { kind, interactions } = named.trained;
  const { reference } = known;
  return {
    model: {
      ...{ kind, users: userIds.size, items: itemIds.size, interactions: interactions.size },
      test: await testFigures(named, test, { ...run, onProgress: undefined }),
    },
    ...{ request: told, within, reference, rows, skipped, skippedAudits: plan.skippedAudits },
    recommendation: recommendUnlearner(rows, reference.floor, within),
    warnings: [...plan.warnings, ...floorWarnings(reference.floor, within)],
  };
}

/** Everything that a request decides before the long work. */
interface Plan {
  readonly methods: readonly ChosenMethod[];
  readonly task: Measuring;
  readonly told: ComparedRequest;
  readonly skipped: Record<string, string>;
  readonly skippedAudits: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

async function planned(
  named: NamedModel,
  request: CompareRequest,
  test: Dataset | undefined,
  run: RunContext,
): Promise<Plan> {
  const rule = ruleOf(request);
  const settings = settingsByOwner(request.settings);
  const ofRule = settings.get("") ?? {};
  const skipped: Record<string, string> = {};
  const skippedAudits: Record<string, string> = {};
  const methods = chosenMethods(request.methods, named.trained, settings, skipped);
  const found = await rowsToForget(named, request, ofRule, run);
  const audits = chosenAudits(request.audits, likelySubject(named, found, test), settings, skippedAudits);
  const names = [...methods, ...audits].map(({ name }) => name);
  checkOwners(settings, [...(rule === undefined ? [] : [""]), ...alwaysMeasured, ...names]);
  const task = {
    ...{ rows: found.rows, seed: request.seed ?? named.trained.seed + 1, test, audits },
    distanceSettings: settings.get("distance") ?? {},
    topItemsSettings: settings.get("top-items") ?? {},
  };
  const told = requestTold(named, found, rule, ofRule);
  return { methods, task, told, skipped, skippedAudits, warnings: found.warnings };
}

/** Audits whose figures every row has. */
const alwaysMeasured = ["distance", "top-items"];

/** What audits will look at, as far as it can be told before: a retrained model there will be. */
function likelySubject(named: NamedModel, { rows }: Chosen, test: Dataset | undefined) {
  const forgotten = namedPairs({ ...named.dataset, interactions: named.trained.interactions }, rows);
  return { original: named, unlearned: named, retrained: named, forgotten, test: test && namedPairs(test) };
}

function rowFor(method: ChosenMethod, known: Retrainings, task: Measuring, next: () => RunContext) {
  if (method.own === undefined) return rowOf(method, known, task, next());
  return rowOfOwn(method, method.own, known.yardstick.original, task, next);
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
  // Noise as large as the distance itself is no question of tolerance.
  const orRaise = share < 1 ? ", or raise `within`" : "";
  return [
    `two retrainings from different seeds differ by ${shareText(share)} of the distance on ${pairs} pairs: what a method leaves below that is noise, and \`within\` ${within} cannot be judged; train the model to an optimum (\`polish\`, or more L2)${orRaise}`,
  ];
}

/** What is compared at a place. */
export interface CompareAtRequest extends CompareRequest {
  /** How a file of interactions is read and its model trained. */
  readonly file?: FileOptions | undefined;
  /** A file of held-out interactions. */
  readonly test?: string | undefined;
}

/** `compareUnlearners` at a place: a model folder, or a file of interactions, on which the usual model is trained first. */
export async function compareAt(
  place: string,
  { file = {}, test, ...request }: CompareAtRequest,
  options: UseOptions = {},
): Promise<Comparison & { readonly trainSeconds: number | null }> {
  const run = runOf(options);
  const held = test === undefined ? undefined : (await readInteractions(test)).dataset;
  const { named, trainSeconds, warnings } = await modelAt(place, file, partOf(run, 0, trainShare));
  const rest = trainSeconds === null ? run : partOf(run, trainShare, 1);
  const comparison = await compareUnlearners(named, request, { ...rest, test: held });
  return { ...comparison, trainSeconds, warnings: [...warnings, ...comparison.warnings] };
}

/** Of the progress. */
const trainShare = 0.1;
