/** The keys of trainings: a hash of all that a result depends on. */

import { createHash } from "node:crypto";
import type { Rows } from "../../data/interactions.ts";
import type { TrainedModel } from "../../training/trained-model.ts";
import { version } from "../../version.ts";
import type { Numbers } from "./session.ts";

/**
 * Keys by the rows left out: the SHA-256, in hexadecimal, of Lethe's version, the digest of the model's folder, the trainer with its settings, the seed,
 * what is measured, and the rows.
 */
export function keysOf(
  digest: string,
  { trainer: { name, settings } }: TrainedModel,
  seed: number,
  numbers: readonly Numbers[],
): (rows: Rows) => string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify({ version, digest, trainer: { name, settings }, seed }));
  for (const data of numbers) addPlain(hash, data);
  return (rows) => {
    const own = hash.copy();
    addPlain(own, rows);
    return own.digest("hex");
  };
}

/** Adds plain data with its structure: no two different data add the same bytes. */
function addPlain(hash: ReturnType<typeof createHash>, data: unknown): void {
  if (ArrayBuffer.isView(data)) {
    hash.update(`${data.constructor.name} ${data.byteLength}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  } else if (typeof data === "object" && data !== null) {
    const entries = Object.entries(data);
    hash.update(`${entries.length}\n`);
    for (const [name, value] of entries) {
      hash.update(`${JSON.stringify(name)}\n`);
      addPlain(hash, value);
    }
  } else hash.update(`${typeof data} ${JSON.stringify(data)}\n`);
}
