/** How near methods of influence come to leaving a row out and training again, on pairs of a model: the table of Cheng et al. (2019, §4). */

import type { Dataset } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import { measuredSets, measuredWhole } from "../../judging/measured.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Estimator } from "../../method/estimator.ts";
import { type GivenSettings, methodNamed, unmetNeed } from "../../method/method.ts";
import type { OpenTrainings } from "../../method/trainings.ts";
import { medianRelativeError, pearson, slopeThroughOrigin, spearman } from "../../numeric/statistics.ts";
import type { Progress } from "../../run.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { heldRows } from "../choosing/measures.ts";
import { asksEveryPlayer, usualEstimator } from "../choosing/methods.ts";
import { valuing } from "../choosing/valuing.ts";
import { trainingPool } from "../pool/pool.ts";
import { usualWorkers } from "../pool/workers.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";
import { settingsByOwner } from "./compare/choosing.ts";
import { inStages } from "./compare/stages.ts";
import { candidatesOf, type Estimated, estimatedBy } from "./fidelity/estimated.ts";
import type { Fidelity, FidelityMethod, FidelityPoint } from "./fidelity/fidelity.ts";
import { type AskedPair, drawnPairs } from "./fidelity/pairs.ts";
import { type Chosen, checkTaking, chosenMethods } from "./judge/candidates.ts";

/** What is compared. */
export interface FidelityRequest {
  /** Names of estimators and valuers; default: the paper's, where the model has what they need. */
  readonly methods?: readonly string[] | undefined;
  /** Pairs whose scores are asked about; default 30, and 5 where leaving a row out means training from the start. */
  readonly pairs?: number | undefined;
  /** Rows of each pair: those whose influence a method finds largest; default 1, as in the paper. */
  readonly rows?: number | undefined;
  /** Of a method as NAME.setting. */
  readonly settings?: GivenSettings | undefined;
  /** A folder for results of trainings. */
  readonly pool?: string | undefined;
  /** Threads that train. */
  readonly workers?: number | undefined;
  readonly seed?: number | undefined;
}

/** What it takes beside the request. */
export interface FidelityOptions extends UseOptions {
  /** Held-out interactions to draw the pairs from. */
  readonly test?: Dataset | undefined;
}

const usualMethods = ["fast-influence", "fast-influence-block", "influence-function", "newton-step"];

/** Compares methods with leave-one-out. The model is left as it is. Throws `unsupported` where nothing can be compared. */
export async function fidelityOf(
  named: NamedModel,
  request: FidelityRequest = {},
  options: FidelityOptions = {},
): Promise<Fidelity> {
  const run = runOf(options);
  const { trained: model } = named;
  const { rows = 1, seed = 1, pairs: wanted = model.trainer.toOptimum ? 30 : 5 } = request;
  const skipped: Record<string, string> = {};
  const methods = chosenFor(model, request, skipped);
  const held = options.test && heldRows(named, options.test).held;
  const asked = await drawnPairs(named, held, { pairs: wanted, seed }, run);
  if (asked.length === 0) throw noPairs();
  const openTrainings = await poolFor(named, asked, request);
  const next = inStages(run, stagesOf(methods, model, asked.length * rows));
  const found = await estimates(methods, model, asked, rows, { ...next(), openTrainings }, () => ({
    ...next(),
    openTrainings,
  }));
  Object.assign(skipped, found.skipped);
  const truth = await truthOf(model, asked, found.estimated, openTrainings, next());
  const { userCount: users, itemCount: items, size } = model.interactions;
  return {
    model: { kind: model.kind, users, items, interactions: size },
    ...{ pairs: asked.length, rows, seed, unit: model.unit },
    truth: { trainings: truth.trainings, seconds: truth.seconds, status: truth.status },
    methods: found.estimated.map((one) => judgedMethod(one, named, asked, truth.of)),
    skipped,
    warnings: warningsOf(model, { wanted, asked: asked.length, trainings: truth.trainings }),
  };
}

function chosenFor(model: TrainedModel, request: FidelityRequest, skipped: Record<string, string>) {
  const settings = settingsByOwner(request.settings);
  const usual = usualMethods.filter((name) => {
    const why = unmetNeed(methodNamed(valuing, name).entry, model);
    if (why !== undefined) skipped[name] = why;
    return why === undefined;
  });
  if (request.methods === undefined && usual.length === 0)
    throw new LetheError(
      "unsupported",
      `no method of influence but training again has what it needs of this model: ${Object.values(skipped)[0]}`,
      "compare on a model with parameters, such as mf or ials, not in shards",
    );
  const methods = chosenMethods(request.methods ?? usual, model, settings, skipped);
  checkTaking(
    settings,
    methods.map(({ name }) => name),
  );
  return methods;
}

const noPairs = () =>
  new LetheError(
    "unsupported",
    "every user has touched every item: there is no pair to predict",
    "name held-out interactions by `test`: their pairs are asked about instead",
  );

function poolFor(named: NamedModel, asked: readonly AskedPair[], { pool, workers }: FidelityRequest) {
  const known = new Map(asked.map(({ measure, data }) => [measure, data]));
  return trainingPool({
    ...{ source: named.source, place: pool, known, workers: workers ?? usualWorkers(named.trained) },
  });
}

/** How much of the work each part is, in trainings. */
function stagesOf(methods: readonly Chosen<Estimator>[], model: TrainedModel, rows: number) {
  const shareOf = ({ entry: { cost } }: Chosen<Estimator>) =>
    cost === "closed form" ? 1 : cost === "a solve a target" || cost === "a solve a player" ? rows : 2 * rows;
  const train = model.trainer.toOptimum ? 2 * rows : 10 * rows;
  return [
    { name: "rows", share: 1 },
    ...methods.map((method) => ({ name: method.name, share: shareOf(method) })),
    { name: "left out", share: train },
  ];
}

/** What the methods say, and why some say nothing. */
async function estimates(
  methods: readonly Chosen<Estimator>[],
  model: TrainedModel,
  asked: readonly AskedPair[],
  rows: number,
  ranking: RunContext & { readonly openTrainings: OpenTrainings },
  next: () => typeof ranking,
) {
  const costly = ({ entry }: Chosen<Estimator>) => entry.cost !== "closed form" && entry.cost !== "a solve a target";
  const ranked = !asksEveryPlayer(usualEstimator(model)) && methods.some(costly);
  const few = ranked ? await candidatesOf(model, asked, rows, ranking) : asked.map((one) => one.rows.slice(0, rows));
  const estimated: Estimated[] = [];
  const skipped: Record<string, string> = {};
  for (const method of methods) {
    const pairs = asked.map((one, k) => ({ ...one, candidates: costly(method) ? few[k] : one.rows }));
    const found = await estimatedBy(method, model, pairs, rows, next()).catch(refusalOf);
    if (typeof found === "string") skipped[method.name] = found;
    else estimated.push(costly(method) ? { ...found, notes: [fewNote, ...found.notes] } : found);
  }
  return { estimated, skipped };
}

const fewNote = "every row costs it a solve or more: asked about the rows alone that a cheap method ranks first";

function refusalOf(error: unknown): string {
  if (error instanceof LetheError && error.code === "unsupported") return error.message;
  throw error;
}

/** What leaving rows out does to the scores of their pairs: one training a row, whoever asks about it. */
async function truthOf(
  model: TrainedModel,
  asked: readonly AskedPair[],
  estimated: readonly Estimated[],
  openTrainings: OpenTrainings,
  run: RunContext,
) {
  const begun = performance.now();
  const measures = asked.map(({ measure }) => measure);
  const rows = [...new Set(estimated.flatMap((one) => one.rows.map(({ row }) => row)))].sort((a, b) => a - b);
  const whole = await measuredWhole({ model, measures }, run);
  const sets = rows.map((row) => Uint32Array.of(row));
  // One training after another is a share of the whole.
  const share = ({ fraction, ...one }: Progress) =>
    run.onProgress?.({ ...one, fraction: (trainings.trained() + Math.min(1, fraction)) / sets.length });
  const trainings = await openTrainings(model, measures, { ...run, onProgress: share });
  const { values, status } = await measuredSets(trainings, measures.length, sets, "left out", run).finally(() =>
    trainings.close(),
  );
  const place = new Map(rows.map((row, k) => [row, k]));
  return {
    ...{ status, trainings: trainings.trained(), seconds: (performance.now() - begun) / 1000 },
    of: (pair: number, row: number) => whole[pair] - values[pair][place.get(row) as number],
  };
}

function judgedMethod(
  { rows, ...method }: Estimated,
  { trained, dataset }: NamedModel,
  asked: readonly AskedPair[],
  truthOf: (pair: number, row: number) => number,
): FidelityMethod {
  const { users, items } = trained.interactions;
  const [userId, itemId] = [dataset.userIds.list, dataset.itemIds.list];
  const points = rows.map(({ pair, row, estimate }): FidelityPoint => {
    const { user, item } = asked[pair].data;
    const names = { user: userId[user], item: itemId[item], ofUser: userId[users[row]], ofItem: itemId[items[row]] };
    return { ...names, estimate, truth: truthOf(pair, row) };
  });
  const told = points.map(({ estimate }) => estimate);
  const truth = points.map((point) => point.truth);
  return {
    ...method,
    pearson: finite(pearson(told, truth)),
    spearman: finite(spearman(told, truth)),
    slope: finite(slopeThroughOrigin(truth, told)),
    medianError: finite(medianRelativeError(told, truth)),
    points,
    notes: [...notesOf(method.method), ...method.notes],
  };
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);

function notesOf(method: string): string[] {
  const { value: kind = "influence" } = methodNamed(valuing, method).entry;
  return kind === "influence" ? [] : [`its numbers are no influences (${kind}): their order alone can be compared`];
}

function warningsOf(
  { trainer }: TrainedModel,
  { wanted, asked, trainings }: { readonly wanted: number; readonly asked: number; readonly trainings: number },
): string[] {
  const warnings: string[] = [];
  if (asked < wanted) warnings.push(`there are no more than ${asked} such pairs`);
  if (!trainer.toOptimum)
    warnings.push(
      `leaving a row out of this model is training it again from the start (${trainings} trainings here)`,
      "it was trained by batches and is at no optimum, which influences assume, and where the epochs end differs, too: train it with `polish` for figures that say something of the methods",
    );
  if (asked < 20) warnings.push(`${asked} pairs are few: correlations of so few points say little`);
  return warnings;
}
