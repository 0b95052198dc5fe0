/** A candidate asked about another model: what judges that plant faults share. */

import { LetheError } from "../errors.ts";
import type { RunContext } from "../kernel/run-context.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { worseStatus } from "../linear/status.ts";
import { worstOf } from "../method/estimator.ts";
import type { Measure } from "../method/measure.ts";
import { ownOf } from "../method/own.ts";
import type { Players } from "../method/players.ts";
import { trainInTurn } from "../method/trainings.ts";
import { auc } from "../numeric/statistics.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import type { Candidate, Judgement } from "./judge.ts";

/** A model with faults planted in it: who is asked about, which of them are planted, and the measure that they spoil. */
export interface Spoilt {
  readonly model: TrainedModel;
  readonly players: Players;
  /** 1 where a player is planted. */
  readonly planted: Uint8Array;
  readonly measure: Measure;
  /** 1 where planted players raise the measure, −1 where they lower it. */
  readonly sign: 1 | -1;
}

/** Area under the curve by influence on the measure, and by influence of players on the fit of their own rows; NaN with the reason for one that the method cannot give. */
export async function detected(
  { estimator, name, unmet }: Candidate,
  { model, players, planted, measure, sign }: Spoilt,
  run: RunContext,
): Promise<Omit<Judgement, "value"> & { readonly onMeasure: number; readonly own: number }> {
  const why = unmet(model);
  if (why !== undefined) throw new LetheError("unsupported", `${name} ${why}`);
  // A pool of trainings is one of the subject's model.
  const prepared = await estimator.prepare(model, { ...run, openTrainings: trainInTurn });
  try {
    const notes: string[] = [];
    const onMeasure = await valuesBy(notes, async () => {
      const { values, statuses, ...found } = await prepared.estimate([measure], players);
      if (found.sets !== undefined) throw new LetheError("unsupported", "it values sets of players");
      return { values: values.map((value) => sign * value), status: worstOf({ values, statuses, ...found }) };
    });
    const own = await valuesBy(notes, async () => {
      const found = await ownOf(prepared, model, players, run);
      return { values: found.values, status: worstOf(found) };
    });
    const area = (values: Float64Array) => areaOf(values, planted);
    return {
      ...{ onMeasure: area(onMeasure.values), own: area(own.values), notes },
      ...{ figures: {}, status: worseStatus(onMeasure.status, own.status) },
    };
  } finally {
    prepared.close();
  }
}

interface Found {
  readonly values: Float64Array;
  readonly status: SolveStatus;
}

/** Values, or none with the reason among the notes. */
async function valuesBy(notes: string[], find: () => Promise<Found>): Promise<Found> {
  try {
    return await find();
  } catch (error) {
    // Bad input is then about players or a measure that the method does not value.
    if (!(error instanceof LetheError) || !["unsupported", "bad-input"].includes(error.code)) throw error;
    notes.push(error.message);
    return { values: new Float64Array(0), status: "converged" };
  }
}

/** NaN where nothing was found; values that are not determined count as 0. */
function areaOf(values: Float64Array, planted: Uint8Array): number {
  const known = values.map((value) => (Number.isNaN(value) ? 0 : value));
  return auc(
    known.filter((_, k) => planted[k] === 1),
    known.filter((_, k) => planted[k] === 0),
  );
}
