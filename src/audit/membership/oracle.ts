/** An attacker that learns from embeddings: who trains it on what, and what it says. */

import type { RunContext } from "../../kernel/run-context.ts";
import { randomOf } from "../../numeric/random.ts";
import { quantileOfSorted } from "../../numeric/statistics.ts";
import type { AuditedModel } from "../audit.ts";
import { inputsOf, type Query, standardise } from "./embeddings.ts";
import { type Inputs, type NetworkTraining, probabilitiesOf, startOf, trainNetwork } from "./network.ts";
import { rankingOf, ratesOf } from "./ranking.ts";

/** Queries by what the attacker is told of them, and those that it is asked. */
export interface OracleQueries {
  readonly trainedMembers: readonly Query[];
  readonly trainedOthers: readonly Query[];
  readonly members: readonly Query[];
  readonly nonMembers: readonly Query[];
}

/** How the attacker is made. */
export interface OracleSettings extends NetworkTraining {
  readonly seed: number;
  /** Whether inputs are brought to mean 0 and deviation 1 first. */
  readonly standardised: boolean;
}

/** What an attacker says of queries, and how it does on what it was trained on. */
export interface OracleAnswers {
  /** The probability that a query was trained on. */
  readonly members: Float64Array;
  readonly nonMembers: Float64Array;
  readonly trained: number;
  readonly trainingAuc: number;
}

/** Trains an attacker on one model and asks it. */
export async function oracleOf(
  model: AuditedModel,
  queries: OracleQueries,
  settings: OracleSettings,
  { yieldToEventLoop, onProgress }: RunContext,
): Promise<OracleAnswers> {
  const training = inputsOf(model, [...queries.trainedMembers, ...queries.trainedOthers]);
  await yieldToEventLoop();
  const [members, nonMembers] = [inputsOf(model, queries.members), inputsOf(model, queries.nonMembers)];
  await yieldToEventLoop();
  if (settings.standardised) standardise(training, [members, nonMembers]);
  const told = queries.trainedMembers.length;
  const labels = Uint8Array.from({ length: told + queries.trainedOthers.length }, (_, k) => (k < told ? 1 : 0));
  const network = startOf(training.width, randomOf(settings.seed, "start of an attacker"));
  const order = randomOf(settings.seed, "order of an attacker");
  await trainNetwork(network, training, labels, settings, order, yieldToEventLoop, (done) =>
    onProgress?.({ phase: "the attacker", step: done, fraction: done / settings.epochs }),
  );
  const ask = (inputs: Inputs) => probabilitiesOf(network, inputs, yieldToEventLoop);
  const own = await ask(training);
  const ranking = rankingOf({ members: own.subarray(0, told), nonMembers: own.subarray(told) });
  return {
    members: await ask(members),
    nonMembers: await ask(nonMembers),
    trained: labels.length,
    trainingAuc: ratesOf(ranking).auc,
  };
}

/** Probabilities as a distribution. */
export interface Distribution {
  readonly mean: number;
  /** Lower quartile, median, upper quartile. */
  readonly quartiles: readonly [number, number, number];
  /** How many lie in each tenth of 0 … 1. */
  readonly histogram: readonly number[];
}

/** Mean, quartiles and histogram of probabilities. */
export function distributionOf(probabilities: Float64Array): Distribution {
  const sorted = Float64Array.from(probabilities).sort();
  const histogram = new Array<number>(10).fill(0);
  for (const p of sorted) histogram[Math.min(9, Math.floor(10 * p))]++;
  const quartile = (share: number) => quantileOfSorted(sorted, share);
  return {
    mean: sorted.reduce((sum, p) => sum + p, 0) / sorted.length,
    quartiles: [quartile(0.25), quartile(0.5), quartile(0.75)],
    histogram,
  };
}
