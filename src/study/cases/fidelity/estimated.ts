/** What a method says of the rows of each pair: its largest influences, and how long they took. */

import type { Rows } from "../../../data/interactions.ts";
import { worseStatus } from "../../../linear/status.ts";
import { type EstimateRun, type Estimator, type PreparedEstimator, worstOf } from "../../../method/estimator.ts";
import { makeNamed } from "../../../method/method.ts";
import { interactionPlayers } from "../../../method/players.ts";
import { median } from "../../../numeric/statistics.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import { usualEstimator } from "../../choosing/methods.ts";
import { valuing } from "../../choosing/valuing.ts";
import type { Chosen } from "../judge/candidates.ts";
import type { FidelityMethod } from "./fidelity.ts";
import type { AskedPair } from "./pairs.ts";

/** A row of a pair, with what a method says of it. */
export interface EstimatedRow {
  /** Number of the pair. */
  readonly pair: number;
  readonly row: number;
  readonly estimate: number;
}

/** A method with what it says. */
export interface Estimated
  extends Pick<FidelityMethod, "method" | "settings" | "prepareSeconds" | "secondsAPair" | "status" | "notes"> {
  readonly rows: readonly EstimatedRow[];
}

/** Asks a method about the rows of every pair, and keeps the `most` largest in size of each. */
export async function estimatedBy(
  { name, settings, made }: Chosen<Estimator>,
  model: TrainedModel,
  pairs: readonly (AskedPair & { readonly candidates: Rows })[],
  most: number,
  run: EstimateRun,
): Promise<Estimated> {
  const begun = performance.now();
  const prepared = await made.prepare(model, run);
  const prepareSeconds = (performance.now() - begun) / 1000;
  try {
    const seconds: number[] = [];
    const rows: EstimatedRow[] = [];
    const notes = new Set<string>();
    let status: Estimated["status"] = "converged";
    for (const [pair, { measure, candidates }] of pairs.entries()) {
      const from = performance.now();
      const estimate = await prepared.estimate([measure], interactionPlayers(candidates));
      seconds.push((performance.now() - from) / 1000);
      status = worseStatus(status, worstOf(estimate));
      for (const note of estimate.notes ?? []) notes.add(note);
      for (const k of largest(estimate.values, most))
        rows.push({ pair, row: candidates[k], estimate: estimate.values[k] });
      run.onProgress?.({ phase: name, step: pair + 1, fraction: (pair + 1) / pairs.length });
      await run.yieldToEventLoop();
    }
    const said = { prepareSeconds, secondsAPair: median(seconds), status, notes: [...notes] };
    return { method: name, settings, rows, ...said };
  } finally {
    prepared.close();
  }
}

/** The rows of each pair that a cheap method ranks first: those that cost a solve or a training each are asked about no others. */
export async function candidatesOf(
  model: TrainedModel,
  pairs: readonly AskedPair[],
  most: number,
  run: EstimateRun,
): Promise<readonly Rows[]> {
  const prepared: PreparedEstimator = await makeNamed(valuing, usualEstimator(model), model).prepare(model, run);
  try {
    const found: Rows[] = [];
    for (const { measure, rows } of pairs) {
      const { values } = await prepared.estimate([measure], interactionPlayers(rows));
      found.push(Uint32Array.from(largest(values, most), (k) => rows[k]).sort());
      await run.yieldToEventLoop();
    }
    return found;
  } finally {
    prepared.close();
  }
}

/** Places of the values that are largest in size, of equals the first. */
function largest(values: Float64Array, most: number): number[] {
  const known = Array.from(values.keys()).filter((k) => !Number.isNaN(values[k]));
  return known.sort((a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b).slice(0, most);
}
