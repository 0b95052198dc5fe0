/** Judges that plant faults in a model: each candidate is asked about it, and what it says is held against what was planted. */

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
import { inParts } from "../run.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import { asksNothing, type Candidate, type Judge, type Judgement, type JudgingSubject } from "./judge.ts";

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

/** A way of planting faults, and what its figures are called. */
export interface Planting {
  readonly question: string;
  /** How many players are asked about. */
  players(users: number): number;
  /** Who is asked about, and what is planted in them. */
  readonly counted: { readonly players: string; readonly planted: string };
  /** The name of the area by influence on the measure; that by players' own fit is `own`. */
  readonly onMeasure: string;
  /** Which of the two is the figure, where the candidate has both. */
  readonly first: "onMeasure" | "own";
  plant(subject: JudgingSubject, run: RunContext): Promise<Spoilt>;
}

/** A judge by planted faults. Cost: a training, and whatever the method costs for so many players. */
export function judgeByFaults({ question, players, counted, onMeasure, first, plant }: Planting): Judge {
  return {
    ...{ question, better: "higher" },
    work: ({ users }) => ({ ...asksNothing, trainings: 1, measures: 1, players: players(users), own: true }),
    async prepare(subject, run) {
      const spoilt = await plant(subject, run);
      const planted = spoilt.planted.reduce((sum, one) => sum + one, 0);
      return {
        figures: { [counted.players]: spoilt.players.count, [counted.planted]: planted },
        trainings: () => 1,
        async of(candidate, own) {
          const { status, notes, ...areas } = await detected(candidate, spoilt, own);
          const other = first === "own" ? areas.onMeasure : areas.own;
          return {
            value: Number.isNaN(areas[first]) ? other : areas[first],
            ...{ figures: { own: areas.own, [onMeasure]: areas.onMeasure }, status, notes },
          };
        },
        close: async () => {},
      };
    },
  };
}

/** Area under the curve by influence on the measure, and by influence of players on the fit of their own rows; NaN with the reason for one that the method cannot give. */
async function detected(
  { estimator, name, unmet }: Candidate,
  { model, players, planted, measure, sign }: Spoilt,
  run: RunContext,
): Promise<Pick<Judgement, "status" | "notes"> & { readonly onMeasure: number; readonly own: number }> {
  const why = unmet(model);
  if (why !== undefined) throw new LetheError("unsupported", `${name} ${why}`);
  const parts = inParts(run, [1, players.count]);
  let part = parts[0];
  const onProgress: RunContext["onProgress"] = (progress) => part.onProgress?.(progress);
  // A pool of trainings is one of the subject's model.
  const prepared = await estimator.prepare(model, { ...run, openTrainings: trainInTurn, onProgress });
  try {
    const notes: string[] = [];
    const onMeasure = await valuesBy(notes, async () => {
      const { values, statuses, ...found } = await prepared.estimate([measure], players);
      if (found.sets !== undefined) throw new LetheError("unsupported", "it values sets of players");
      return { values: values.map((value) => sign * value), status: worstOf({ values, statuses, ...found }) };
    });
    // Asked one by one, each question would begin at 0 again.
    part = prepared.own === undefined ? { ...run, onProgress: undefined } : parts[1];
    const own = await valuesBy(notes, async () => {
      const found = await ownOf(prepared, model, players, parts[1]);
      return { values: found.values, status: worstOf(found) };
    });
    const area = (values: Float64Array) => areaOf(values, planted);
    return {
      ...{ onMeasure: area(onMeasure.values), own: area(own.values), notes },
      status: worseStatus(onMeasure.status, own.status),
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
