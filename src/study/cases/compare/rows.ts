/** One row of a comparison: a method forgets, and what it leaves is measured. */

import type { RunContext } from "../../../kernel/run-context.ts";
import type { GivenSettings } from "../../../method/method.ts";
import { dataWithout } from "../../../training/refit.ts";
import { unlearnerNamed } from "../../choosing/methods.ts";
import type { NamedModel } from "../../store/model.ts";
import { forgetRows } from "../forget.ts";
import type { ChosenAudit, ChosenMethod } from "./choosing.ts";
import type { ComparedMethod, OwnModelFigures, Reference } from "./comparison.ts";
import { leftOf, subjectOf, testFigures, topItemsOf, verdictsOf, type Yardstick } from "./measuring.ts";
import type { OwnModel } from "./own-models.ts";
import { type Retrainings, retrainings, type Task, type Unlearned } from "./reference.ts";

/** How every method is measured. */
export interface Measuring extends Task {
  readonly audits: readonly ChosenAudit[];
  readonly topItemsSettings: GivenSettings;
}

/** The row of a method that forgets from the model at hand. Retraining was done already. */
export async function rowOf(
  method: ChosenMethod,
  { yardstick, reference, again }: Retrainings,
  task: Measuring,
  run: RunContext,
): Promise<ComparedMethod> {
  const { original } = yardstick;
  const unlearner = unlearnerNamed(method.unlearner, original.trained, method.settings);
  // A method that trains again from the reference's own seed would agree with it for that reason alone.
  const seed = task.seed + 1;
  const unlearned =
    method.name === "retrain" ? again : await forgetRows(original, task.rows, unlearner, { ...run, seed });
  return measured(method, unlearned, yardstick, reference, task, run);
}

/** The row of a method that brings a model of its own, which is trained here on the same interactions; takes three stages and its own. */
export async function rowOfOwn(
  method: ChosenMethod,
  own: OwnModel,
  named: NamedModel,
  task: Measuring,
  next: () => RunContext,
): Promise<ComparedMethod> {
  const run = next();
  const begun = performance.now();
  let rowsRead = 0;
  const { trainer, seed, interactions } = named.trained;
  const trained = await own.trainer(trainer).train(dataWithout(named.trained, new Uint32Array(0)), seed, {
    ...run,
    onRows: (rows) => {
      rowsRead += rows;
    },
  });
  const seconds = (performance.now() - begun) / 1000;
  const original = { ...named, trained };
  const { yardstick, reference, again } = await retrainings(original, task, next);
  const row = await rowOf(method, { yardstick, reference, again }, task, next());
  const figures: OwnModelFigures = {
    unlearner: own.unlearner,
    seconds,
    passes: rowsRead / interactions.size,
    test: await testFigures(original, task.test, { ...run, onProgress: undefined }),
    reference,
  };
  return { ...row, own: figures };
}

async function measured(
  { name, settings }: ChosenMethod,
  { model, report }: Unlearned,
  yardstick: Yardstick,
  reference: Reference,
  task: Measuring,
  run: RunContext,
): Promise<ComparedMethod> {
  const quiet = { ...run, onProgress: undefined };
  const subject = subjectOf(yardstick, model);
  const { seconds, passes, gradientNorm, guarantee, certificate, caveats } = report;
  return {
    ...{ method: name, settings, seconds, passes },
    times: ratio(reference.seconds, seconds),
    timesPasses: ratio(reference.passes, passes),
    gradientNorm,
    left: await leftOf(subject, task.distanceSettings, quiet),
    topItems: await topItemsOf(subject, task.topItemsSettings, quiet),
    ...{ guarantee, verdict: certificate.verdict },
    audits: await verdictsOf(task.audits, subject, quiet),
    caveats,
    test: await testFigures(model, task.test, quiet),
    own: null,
  };
}

function ratio(of: number, by: number): number | null {
  return by > 0 ? of / by : null;
}
