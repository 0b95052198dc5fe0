/** Retraining, twice: what all methods are measured against, and how far two retrainings are from each other. */

import type { Dataset } from "../../../data/dataset.ts";
import type { Rows } from "../../../data/interactions.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import type { GivenSettings } from "../../../method/method.ts";
import { drawnBySeed } from "../../../training/other-starts.ts";
import { unlearnerNamed } from "../../choosing/methods.ts";
import { namedPairs } from "../../choosing/named-pairs.ts";
import type { NamedModel } from "../../store/model.ts";
import { type ForgetReport, forgetRows } from "../forget.ts";
import type { Reference } from "./comparison.ts";
import { leftOf, subjectOf, testFigures, type Yardstick } from "./measuring.ts";
import type { Stage } from "./stages.ts";

/** A model after forgetting, and how that went. */
export interface Unlearned {
  readonly model: NamedModel;
  readonly report: ForgetReport;
}

/** The reference of a model, and the second retraining as a method among others. */
export interface Retrainings {
  readonly yardstick: Yardstick;
  readonly reference: Reference;
  readonly again: Unlearned;
}

/** What is forgotten and measured, for every model. */
export interface Task {
  readonly rows: Rows;
  /** Seed of the reference; the second retraining has the next one. */
  readonly seed: number;
  readonly test: Dataset | undefined;
  readonly distanceSettings: GivenSettings;
}

/** The stages of `retrainings`. */
export function referenceStages(of = ""): Stage[] {
  const name = of === "" ? "" : `${of}: `;
  return [
    { name: `${name}reference`, share: 1 },
    { name: `${name}retrain`, share: 1 },
  ];
}

/**
 * Trains twice on what remains, by the model's own trainer, the second time from another seed; where that trainer draws nothing, from random factors, since
 * a training that is the same in every byte would be no floor. Takes two stages.
 */
export async function retrainings(named: NamedModel, task: Task, next: () => RunContext): Promise<Retrainings> {
  const { rows, seed, test, distanceSettings } = task;
  const retrain = unlearnerNamed("retrain", named.trained);
  let run = next();
  const { model: retrained, report } = await forgetRows(named, rows, retrain, { ...run, seed });
  const yardstick: Yardstick = {
    ...{ original: named, retrained },
    forgotten: namedPairs(datasetOf(named), rows),
    test: test && namedPairs(test),
  };
  run = next();
  const elsewhere = { ...named, trained: drawnBySeed(named.trained) };
  const again = await forgetRows(elsewhere, rows, retrain, { ...run, seed: seed + 1 });
  const quiet = { ...run, onProgress: undefined };
  const { seconds, passes, status } = report;
  const reference = {
    ...{ seconds, passes, status, seed },
    floor: await leftOf(subjectOf(yardstick, again.model), distanceSettings, quiet),
    test: await testFigures(retrained, test, quiet),
  };
  return { yardstick, reference, again };
}

function datasetOf({ trained: { interactions }, dataset }: NamedModel): Dataset {
  return { ...dataset, interactions };
}
