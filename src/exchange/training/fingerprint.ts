/** What a checkpoint belongs to: one training of one set of interactions by one version, as digests that can be compared. */

import { createHash } from "node:crypto";
import type { Dataset } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import type { ObjectiveSettings } from "../../objective/objective.ts";
import type { Recipe } from "../../training/batches/recipe.ts";
import { version } from "../../version.ts";

/** Digests are SHA-256 in hexadecimal. */
export interface TrainingFingerprint {
  /** The version of Lethe: another one may round differently. */
  readonly lethe: string;
  /** Of the model and its settings, the objective, the recipe, the seed, and what is held out. */
  readonly training: string;
  /** Of all rows with their ids, those that are held out among them. */
  readonly interactions: string;
}

/** Everything that decides the bytes of a training by batches. */
export interface TrainingFacts {
  readonly settings: ObjectiveSettings;
  readonly recipe: Recipe;
  readonly seed: number;
  /** Rows of every user that are held out, drawn by the seed. */
  readonly validation: number;
  /** Before anything is held out. */
  readonly dataset: Dataset;
}

/** What checkpoints of a training belong to; the same training on the same rows in the same order gives the same. */
export function fingerprintOf({ settings, recipe, seed, validation, dataset }: TrainingFacts): TrainingFingerprint {
  const { kind, model, loss, ...rest } = settings;
  const told = {
    ...{ ...rest, model: kind.name, settings: kind.settings(model), loss: loss.name, recipe, seed, validation },
    ...(loss.confidence ? { confidence: loss.confidence } : {}),
  };
  return {
    lethe: version,
    training: createHash("sha256").update(canonical(told)).digest("hex"),
    interactions: digestOfRows(dataset),
  };
}

/** Throws `bad-input`, saying what differs, unless a checkpoint at `place` belongs to the training that is to go on. */
export function checkFingerprint(found: TrainingFingerprint, expected: TrainingFingerprint, place: string): void {
  const differs =
    found.lethe !== expected.lethe
      ? `was written by Lethe ${found.lethe}, and this is ${expected.lethe}, which may round differently`
      : found.interactions !== expected.interactions
        ? "belongs to a training on other interactions"
        : found.training !== expected.training
          ? "belongs to another training: the model, its settings, the objective, the recipe, the validation or the seed differs"
          : undefined;
  if (differs !== undefined)
    throw new LetheError(
      "bad-input",
      `the checkpoint in ${place} ${differs}`,
      "name another folder, or remove this one where that training is not to go on",
    );
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function digestOfRows({ interactions, userIds, itemIds }: Dataset): string {
  const hash = createHash("sha256");
  for (const { list } of [userIds, itemIds]) {
    hash.update(`${list.length}\n`);
    for (const id of list) hash.update(`${JSON.stringify(id)}\n`);
  }
  hash.update(`${interactions.size}\n`);
  for (const { buffer, byteOffset, byteLength } of [interactions.users, interactions.items, interactions.ratings])
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest("hex");
}
