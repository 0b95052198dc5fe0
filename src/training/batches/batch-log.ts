/** What training did batch by batch, for methods that retrace it. */

/** A step that is about to be made. */
export interface Batch {
  /** From 0. */
  readonly epoch: number;
  /** From 0, through all epochs. */
  readonly step: number;
  /** Members of the objective's `units`. */
  readonly units: Uint32Array;
  readonly learningRate: number;
  /** The parameters before the step: those that training works on, so a listener that keeps them has to copy them. */
  readonly params: Float64Array;
}

/** A step that has been made; `params` are those before it, where they were kept. */
export interface BatchRecord {
  readonly epoch: number;
  readonly step: number;
  readonly units: Uint32Array;
  readonly learningRate: number;
  readonly params: Float64Array | undefined;
}

/** A record of batches that grows while training runs. */
export interface BatchLog {
  readonly records: readonly BatchRecord[];
  /** To be given to `trainByBatches`. */
  readonly onBatch: (batch: Batch) => void;
}

/** A log of every batch, with a copy of the parameters at every step that `every` divides. */
export function batchLog(every = 1): BatchLog {
  const records: BatchRecord[] = [];
  return {
    records,
    onBatch: ({ epoch, step, units, learningRate, params }) =>
      records.push({
        epoch,
        step,
        units: units.slice(),
        learningRate,
        params: step % every === 0 ? params.slice() : undefined,
      }),
  };
}
