/** The contents of a checkpoint as they lie in its two files, and back. */

import type { Checkpoint } from "../../training/batches/checkpoint.ts";
import type { Tensor } from "../files/safetensors.ts";
import { type CheckpointManifest, refused } from "./checkpoint-manifest.ts";
import type { TrainingFingerprint } from "./fingerprint.ts";

/** The numbers of a checkpoint by their names: parameters, moments, step counts of rows, and the best epoch's parameters. */
export function tensorsOf({ params, moments, steps, best }: Checkpoint): Map<string, Tensor> {
  const values: [string, Float64Array][] = [
    ["params", params],
    ...moments.map((moment, k): [string, Float64Array] => [`moment_${k}`, moment]),
    ["steps_user", Float64Array.from(steps.user)],
    ["steps_item", Float64Array.from(steps.item)],
  ];
  if (best) values.push(["best_params", best.params]);
  return new Map(values.map(([name, numbers]) => [name, { shape: [numbers.length], values: numbers }]));
}

/** The rest of a checkpoint; `numbers` says where the tensors are. */
export function manifestOf(
  { epoch, step, log, best, moments }: Checkpoint,
  belongsTo: TrainingFingerprint,
  numbers: CheckpointManifest["numbers"],
): CheckpointManifest {
  return {
    belongsTo: { ...belongsTo },
    ...{ epoch, step, log: log.map((entry) => ({ ...entry })) },
    ...(best ? { best: { epoch: best.epoch, value: best.value } } : {}),
    moments: moments.length,
    numbers,
  };
}

/** Both together again; throws `bad-model` where they contradict each other. `place` is for messages. */
export function checkpointFrom(
  { epoch, step, log, best, moments }: CheckpointManifest,
  tensors: ReadonlyMap<string, Tensor>,
  place: string,
): Checkpoint {
  const values = (name: string) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw refused(place, `says that there is ${name}, and there is none`);
    return tensor.values;
  };
  const counts = (name: string) => {
    if (!values(name).every((n) => Number.isInteger(n) && n >= 0 && n <= step)) throw refused(place, `has odd ${name}`);
    return Uint32Array.from(values(name));
  };
  const params = values("params");
  const own = Array.from({ length: moments }, (_, k) => values(`moment_${k}`));
  const bestParams = best && values("best_params");
  if ([...own, ...(bestParams ? [bestParams] : [])].some(({ length }) => length !== params.length))
    throw refused(place, "has parameters and moments of different lengths");
  if (log.length !== epoch || log.some((entry, k) => entry.epoch !== k) || (best && best.epoch >= epoch))
    throw refused(place, `has a log that does not tell of ${epoch} epochs`);
  return {
    ...{ params, moments: own, steps: { user: counts("steps_user"), item: counts("steps_item"), all: step } },
    ...{ epoch, step, log: log.map((entry) => ({ ...entry, validation: entry.validation })) },
    best: best && bestParams ? { ...best, params: bestParams } : undefined,
  };
}
