/** Trainings of one model without some of its rows, and the numbers that every measure is made from. */

import type { Rows } from "../../data/interactions.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { type Measure, metric } from "../../method/measure.ts";
import { trainInTurn } from "../../method/trainings.ts";
import type { Pairs } from "../../model/model.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { type MeasureData, measureFrom } from "../choosing/measures.ts";

/** What a measure needs of a trained model, as plain data: the measure's own value, or the scores of pairs that a target is a function of. */
export type Numbers = MeasureData | { readonly kind: "scores"; readonly pairs: Pairs };

/** What was found of a model without some rows: one array a measure. */
export interface Found {
  readonly numbers: readonly Float64Array[];
  readonly status: SolveStatus;
}

/** Takes its numbers from a model's scores. */
type Taking = (scores: Parameters<Measure["of"]>[0], run: RunContext) => Promise<Float64Array>;

/** How the numbers of plain data are taken. */
export function takingOf(data: Numbers, model: TrainedModel): Taking {
  if (data.kind === "scores") return (scores) => scores(data.pairs);
  return takingMeasure(measureFrom(data, model));
}

/** The value of a measure as its one number. */
export function takingMeasure(measure: Measure): Taking {
  return async (scores, run) => Float64Array.of(await measure.of(scores, run));
}

/** Trains one after another. */
export interface Session {
  without(rows: Rows): Promise<Found>;
  close(): Promise<void>;
}

/** Opens trainings that take these numbers. */
export async function openSession(
  model: TrainedModel,
  takings: readonly Taking[],
  run: RunContext,
  seed: number,
): Promise<Session> {
  let taken: Float64Array[] = [];
  const measures = takings.map((take, m) =>
    metric("numbers", "", async (scores, context) => {
      if (m === 0) taken = [];
      taken.push(await take(scores, context));
      return 0;
    }),
  );
  const trainings = await trainInTurn(model, measures, run, { seed });
  let last: Promise<unknown> = Promise.resolve();
  const found = async (rows: Rows): Promise<Found> => {
    const { status } = await trainings.without(rows);
    return { numbers: taken, status };
  };
  return {
    without(rows) {
      const next = last.then(() => found(rows));
      last = next.catch(() => {});
      return next;
    },
    close: () => trainings.close(),
  };
}
