/** Models on disk: the model folder, its manifest, and the file formats that it is made of. */

export { type ReplaceOptions, replaceFolder, type Step } from "./atomic.ts";
export { type BatchLogOptions, type OpenBatchLog, openBatchLog } from "./batch-log.ts";
export { readBatchLog } from "./batch-log-records.ts";
export { type Belonging, belongingOf, checkBelonging, type Undertaking } from "./belonging.ts";
export {
  type CheckpointOptions,
  type CheckpointStep,
  readCheckpoint,
  removeCheckpoint,
  type StoredCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
export {
  readManifest,
  readModel,
  type StoredFactors,
  type StoredModel,
  type StoredTensors,
  writeModel,
} from "./folder.ts";
export * from "./foreign/index.ts";
export { recoverFolder } from "./leftovers.ts";
export {
  type FactorManifest,
  fileNames,
  formatVersion,
  isFactorManifest,
  type Manifest,
  manifestName,
  manifestSchema,
  type ScoredManifest,
} from "./manifest.ts";
export { type Parquet, withParquet } from "./parquet.ts";
export type { Column } from "./parquet-columns.ts";
export { readSafetensors, type Tensor, writeSafetensors } from "./safetensors.ts";
export { negativesName, type Tables } from "./tables.ts";
export { checkTarget } from "./target.ts";
