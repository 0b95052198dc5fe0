/** The retraining pool: trainings by key, remembered in memory and on disk, in this process or in several threads. */

import type { Rows } from "../../data/interactions.ts";
import type { ModelFolder } from "../../exchange/model/folder.ts";
import { threadExecutor } from "../../execution/threads.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Measure } from "../../method/measure.ts";
import type { OpenTrainings, Trainings } from "../../method/trainings.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import type { MeasureData } from "../choosing/measures.ts";
import { keysOf } from "./key.ts";
import { openResults, type Results } from "./results.ts";
import { type Found, type Numbers, openSession, takingMeasure, takingOf } from "./session.ts";
import { tasks } from "./tasks.ts";

/** How a pool trains, and what it remembers. */
export interface PoolOptions {
  /** The folder that the model was opened from; without one every training is in this process, and nothing is kept on disk. */
  readonly source?: Pick<ModelFolder, "folder" | "digest"> | undefined;
  /** Threads that train; with one the trainings are in this process, with the run's own kernels. */
  readonly workers: number;
  /** A folder for the results; default: they are remembered in memory alone. */
  readonly place?: string | undefined;
  /** Measures as plain data, so that a thread can make them. */
  readonly known?: ReadonlyMap<Measure, MeasureData> | undefined;
  /** Called when a result is there, with how many there are. */
  readonly onFound?: ((found: number) => void) | undefined;
}

/** Does trainings, `width` of them at a time. */
interface Source {
  readonly width: number;
  without(rows: Rows): Promise<Found>;
  close(): Promise<void>;
}

/** Trainings of one model in a pool: the same bytes as `trainInTurn`, for any number of threads, found on disk or not. */
export async function trainingPool(options: PoolOptions): Promise<OpenTrainings> {
  const { place, source, onFound, known = new Map() } = options;
  const results = place === undefined || source === undefined ? undefined : await openResults(place, source.folder);
  let found = 0;
  return async (model, measures, run, { seed = model.seed } = {}) => {
    const numbers = measures.map((measure) => numbersOf(measure, known));
    const named = numbers.every((data) => data !== undefined) ? (numbers as Numbers[]) : undefined;
    const opened = await openSource(model, measures, numbers, run, seed, { ...options, named });
    return remembering(opened, {
      results: named && results,
      keyOf: keysOf(source?.digest ?? "", model, seed, named ?? []),
      valuesOf: (taken) => Float64Array.from(measures, (measure, m) => measureOfNumbers(measure, numbers[m], taken[m])),
      onFound: () => onFound?.(++found),
    });
  };
}

/** A measure as plain data: one that is known, or the scores that a target is a function of. */
function numbersOf(measure: Measure, known: ReadonlyMap<Measure, MeasureData>): Numbers | undefined {
  return known.get(measure) ?? (measure.target && { kind: "scores", pairs: measure.target.pairs });
}

async function openSource(
  model: TrainedModel,
  measures: readonly Measure[],
  numbers: readonly (Numbers | undefined)[],
  run: RunContext,
  seed: number,
  { source, workers, named }: PoolOptions & { readonly named: readonly Numbers[] | undefined },
): Promise<Source> {
  if (workers === 1 || source === undefined || named === undefined) {
    const takings = numbers.map((data, m) => (data ? takingOf(data, model) : takingMeasure(measures[m])));
    return { width: 1, ...(await openSession(model, takings, run, seed)) };
  }
  const { folder, digest } = source;
  const executor = threadExecutor(tasks, { model: { folder, digest }, numbers: named, seed }, workers);
  return {
    width: workers,
    without: (rows) => executor.run({ name: "training", rows }, run.signal),
    close: () => executor.close(),
  };
}

/** The measure from its numbers. */
function measureOfNumbers(measure: Measure, data: Numbers | undefined, numbers: Float64Array): number {
  return data?.kind === "scores" && measure.target ? measure.target.of(numbers) : numbers[0];
}

interface Memory {
  /** Where results are kept; absent where they live in memory alone. */
  readonly results: Results | undefined;
  keyOf(rows: Rows): string;
  valuesOf(numbers: Found["numbers"]): Float64Array;
  onFound(): void;
}

function remembering(source: Source, { results, keyOf, valuesOf, onFound }: Memory): Trainings {
  const asked = new Map<string, Promise<Found>>();
  let trained = 0;
  const find = async (rows: Rows, key: string): Promise<Found> => {
    const kept = await results?.find(key);
    if (kept !== undefined) return kept;
    const fresh = await source.without(rows);
    trained++;
    await results?.keep(key, fresh);
    return fresh;
  };
  return {
    width: source.width,
    async without(rows) {
      const key = keyOf(rows);
      const had = asked.get(key);
      const finding = had ?? find(rows, key);
      asked.set(key, finding);
      const { numbers, status } = await finding;
      if (had === undefined) onFound();
      return { values: valuesOf(numbers), status };
    },
    trained: () => trained,
    close: () => source.close(),
  };
}
