/** Results of trainings on disk: one small file each, put in place in one step, and believed only as it was written. */

import { createHash } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { LetheError } from "../../errors.ts";
import { removeLeftovers } from "../../exchange/files/leftovers.ts";
import { isFolder, makeFolder } from "../../exchange/files/make-folder.ts";
import { isThere } from "../../exchange/files/put.ts";
import { asLetheError } from "../../exchange/files/system-error.ts";
import { forgetSibling, realFolder, siblingOf } from "../../exchange/files/temporaries.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import type { Found } from "./session.ts";

/** Results by key. */
export interface Results {
  /** What was kept; undefined where nothing was, or where it is not as it was written. */
  find(key: string): Promise<Found | undefined>;
  keep(key: string, found: Found): Promise<void>;
}

const statuses: readonly SolveStatus[] = ["converged", "step-limit", "breakdown", "negative-curvature"];
const keyPattern = /^[0-9a-f]{64}$/;

/** The results in a folder, which is made where it is not there. Throws `bad-input` where it cannot be, and inside the model's folder. */
export async function openResults(place: string, model: string): Promise<Results> {
  const folder = await realFolder(place);
  const isOther = (await isThere(folder)) && !(await isFolder(folder));
  const isInside = folder === model || folder.startsWith(`${model}${sep}`);
  if (isOther || isInside)
    throw new LetheError(
      "bad-input",
      `\`pool\`: ${place} is ${isOther ? "no folder" : "in the folder of the model"}`,
      "name a folder beside it, or a place where none is",
      "pool",
    );
  try {
    await makeFolder(folder);
    // Half-written files of processes that were killed.
    await removeLeftovers(folder);
  } catch (error) {
    throw asLetheError(error, place);
  }
  return {
    async find(key) {
      const text = await readFile(join(folder, key), "utf8").catch(() => undefined);
      return text === undefined ? undefined : unsealed(text, key);
    },
    keep: (key, found) =>
      put(join(folder, key), sealed(key, found)).catch((error: unknown) => {
        throw asLetheError(error, place);
      }),
  };
}

/** Two writers of one key write the same bytes: the later one may replace the earlier. */
async function put(path: string, text: string): Promise<void> {
  const temporary = siblingOf(path, "new");
  try {
    await writeFile(temporary, text, { flag: "wx", flush: true });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
    forgetSibling(temporary);
  }
}

/** Three lines: what was found, the numbers as bytes in base64; and the SHA-256 of what is above. */
function sealed(key: string, { numbers, status }: Found): string {
  if (!keyPattern.test(key)) throw new LetheError("internal", `${key} is no key of a training`);
  const body = `${JSON.stringify({ lethe: "training", key, status, numbers: numbers.map(base64Of) })}\n`;
  return `${body}${sha256(body)}\n`;
}

/** What was sealed; undefined for anything else: a file that was cut off, or changed. */
function unsealed(text: string, key: string): Found | undefined {
  const end = text.indexOf("\n") + 1;
  const body = text.slice(0, end);
  if (end === 0 || text.slice(end) !== `${sha256(body)}\n`) return undefined;
  const found = JSON.parse(body) as { key: string; status: SolveStatus; numbers: string[] };
  if (found.key !== key || !statuses.includes(found.status)) return undefined;
  return { status: found.status, numbers: found.numbers.map(floatsOf) };
}

function base64Of({ buffer, byteOffset, byteLength }: Float64Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function floatsOf(text: string): Float64Array {
  // A copy: the bytes of a Buffer need not begin at a multiple of eight.
  return new Float64Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
