/** The lines of a log of batches: writing one, and reading them with the parameters beside them. */

import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { LetheError } from "../../errors.ts";
import type { Batch, BatchRecord } from "../../training/batches/batch-log.ts";
import { readSafetensors } from "../files/safetensors.ts";
import { asLetheError } from "../files/system-error.ts";

const count = z.int().min(0);
const schema = z.strictObject({
  epoch: count,
  step: count,
  learningRate: z.number(),
  units: z.array(count.max(0xffffffff)),
  params: z.string().optional(),
});

/** The folder of parameters beside a log. */
export function paramsFolder(file: string): string {
  return `${file}.params`;
}

/** The file in that folder with the parameters before a step. */
export function paramsName(step: number): string {
  return `step-${step}.safetensors`;
}

/** A step as a line; `kept` where its parameters are in a file. */
export function printRecord({ epoch, step, learningRate, units }: Batch, kept: boolean): string {
  const told = { epoch, step, learningRate, units: Array.from(units), ...(kept ? { params: paramsName(step) } : {}) };
  return `${JSON.stringify(told)}\n`;
}

/**
 * Reads a log step by step, with the parameters before those steps where they were kept. Throws `bad-input`, naming the line, where it is
 * no record or not the next step; `bad-model` where parameters are missing or damaged.
 */
export async function* readBatchLog(file: string): AsyncGenerator<BatchRecord> {
  let step = 0;
  for await (const line of linesOf(file)) {
    const record = recordOf(line, step++, file);
    const { epoch, learningRate } = record;
    const params = record.params === undefined ? undefined : await paramsAt(file, record.step);
    yield { epoch, step: record.step, units: Uint32Array.from(record.units), learningRate, params };
  }
}

/** The length in bytes of a log's first lines, so many as there were steps; throws `bad-input` where it does not have them. */
export async function lengthOfSteps(file: string, steps: number): Promise<number> {
  let length = 0;
  let read = 0;
  for await (const line of linesOf(file)) {
    if (read === steps) break;
    // The lines before are checked by whoever reads them.
    if (++read === steps) recordOf(line, steps - 1, file);
    length += Buffer.byteLength(line) + 1;
  }
  // A last line without its end would run into the next one.
  if (read < steps || (await stat(file)).size < length)
    throw new LetheError(
      "bad-input",
      `${file} has ${read} steps, and training goes on after ${steps}`,
      "name the log that was begun with this training, or train without one",
    );
  return length;
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = await open(file).catch((error) => {
    throw asUnreadable(error, file);
  });
  try {
    yield* input.readLines({ autoClose: false });
  } finally {
    await input.close();
  }
}

function recordOf(line: string, step: number, file: string): z.infer<typeof schema> {
  const wrong = (why: string) => new LetheError("bad-input", `${file}, line ${step + 1}: ${why}`);
  const found = schema.safeParse(parsed(line));
  if (!found.success) throw wrong("this is no step of a log of batches; it is truncated or edited");
  if (found.data.step !== step) throw wrong(`found step ${found.data.step}, expected ${step}`);
  return found.data;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function paramsAt(file: string, step: number): Promise<Float64Array> {
  const path = join(paramsFolder(file), paramsName(step));
  const tensors = await readSafetensors(path).catch((error) => {
    throw asUnreadable(error, path);
  });
  const params = tensors.get("params");
  if (params === undefined) throw new LetheError("bad-model", `${path} holds no params`);
  return params.values;
}

function asUnreadable(error: unknown, path: string): unknown {
  if (error instanceof LetheError) return error;
  const told = asLetheError(error, path);
  return told instanceof LetheError
    ? new LetheError(
        "bad-input",
        `${path} cannot be read: ${(error as Error).message}`,
        "name the log that was written",
      )
    : error;
}
