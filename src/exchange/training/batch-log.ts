/** A log of batches on disk, written while training runs: one line a step, and the parameters before some of the steps beside it. */

import { closeSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LetheError } from "../../errors.ts";
import type { Batch } from "../../training/batches/batch-log.ts";
import { printHeader } from "../files/safetensors-header.ts";
import { asLetheError } from "../files/system-error.ts";
import { lengthOfSteps, paramsFolder, paramsName, printRecord } from "./batch-log-records.ts";

/** How a log of batches is kept. */
export interface BatchLogOptions {
  /** Keeps the parameters before every step that this divides; by default those before the first step of each epoch. */
  readonly every?: number | undefined;
  /** Goes on with a log that is there after so many steps; what it has of later ones is dropped. */
  readonly after?: number | undefined;
}

/** A log of batches that is being written. */
export interface OpenBatchLog {
  /** Writes a step before it is made; to be given to `trainByBatches`. */
  readonly onBatch: (batch: Batch) => void;
  /** Forces what was written to the disk. */
  sync(): void;
  close(): void;
  /** Closes and removes the log and its parameters. */
  remove(): void;
}

/**
 * Opens a log: a new file, or with `after` one that has so many steps at least. Throws `bad-input` when a file is there that is not to be
 * gone on with, when there is none that is, or when the file system refuses; so do the functions of the log.
 */
export async function openBatchLog(file: string, { every, after }: BatchLogOptions = {}): Promise<OpenBatchLog> {
  const log = after === undefined ? created(file) : await reopened(file, after);
  const told = <Result>(act: () => Result) => refusing(file, act);
  let last = -1;
  const keeps = ({ epoch, step }: Batch) => (every === undefined ? epoch !== last : step % every === 0);
  let open = true;
  const close = () => {
    if (open) closeSync(log);
    open = false;
  };
  return {
    onBatch: (batch) =>
      told(() => {
        const kept = keeps(batch);
        last = batch.epoch;
        // First, so that a line that names parameters is one of parameters that are there.
        if (kept) writeParams(join(paramsFolder(file), paramsName(batch.step)), batch.params);
        writeAll(log, Buffer.from(printRecord(batch, kept)));
      }),
    sync: () => told(() => fsyncSync(log)),
    close: () => told(close),
    remove: () =>
      told(() => {
        close();
        rmSync(file, { force: true });
        rmSync(paramsFolder(file), { recursive: true, force: true });
      }),
  };
}

function created(file: string): number {
  const log = refusing(file, () => openSync(file, "wx"));
  try {
    mkdirSync(paramsFolder(file));
    return log;
  } catch (error) {
    closeSync(log);
    rmSync(file);
    return refusing(paramsFolder(file), () => {
      throw error;
    });
  }
}

async function reopened(file: string, steps: number): Promise<number> {
  const length = await lengthOfSteps(file, steps);
  return refusing(file, () => {
    const log = openSync(file, "a");
    ftruncateSync(log, length);
    const folder = paramsFolder(file);
    for (const name of readdirSync(folder)) {
      const step = /^step-(\d+)\.safetensors$/.exec(name)?.[1];
      if (step !== undefined && Number(step) >= steps) rmSync(join(folder, name));
    }
    return log;
  });
}

function refusing<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw asLetheError(error, path);
    throw new LetheError(
      "bad-input",
      `${path} is there already, and a log of batches begins in a new file`,
      "name another file, or remove this one and the folder of parameters beside it",
    );
  }
}

/** A safetensors file of one tensor, written in one go: the parameters change as soon as this returns. */
function writeParams(path: string, params: Float64Array): void {
  const file = openSync(path, "wx");
  try {
    const header = printHeader([["params", [params.length]]]);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
    for (const part of [length, header]) writeAll(file, part);
    writeAll(file, new Uint8Array(params.buffer, params.byteOffset, params.byteLength));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
