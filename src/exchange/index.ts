/** Models on disk: the model folder, its manifest, and the file formats that it is made of. */

export { removeLeftovers } from "./files/leftovers.ts";
export { type Lock, lockFolder } from "./files/lock.ts";
export { type Parquet, withParquet } from "./files/parquet.ts";
export type { Column } from "./files/parquet-columns.ts";
export type { Fingerprint, ReplaceOptions, Step } from "./files/replace.ts";
export { readSafetensors, type Tensor, writeSafetensors } from "./files/safetensors.ts";
export { recoverFolder } from "./files/temporaries.ts";
export * from "./foreign/index.ts";
export {
  type ModelFolder,
  readManifest,
  readModel,
  type StoredFactors,
  type StoredModel,
  type StoredTensors,
  writeModel,
} from "./model/folder.ts";
export {
  type FactorManifest,
  fileNames,
  formatVersion,
  type GeneralManifest,
  isFactorManifest,
  type Manifest,
  manifestName,
  manifestSchema,
} from "./model/manifest.ts";
export { negativesName, type Tables } from "./model/tables.ts";
export { checkTarget } from "./model/target.ts";
export { type BatchLogOptions, type OpenBatchLog, openBatchLog } from "./training/batch-log.ts";
export { readBatchLog } from "./training/batch-log-records.ts";
export {
  type CheckpointOptions,
  type CheckpointStep,
  readCheckpoint,
  removeCheckpoint,
  type StoredCheckpoint,
  writeCheckpoint,
} from "./training/checkpoint.ts";
export {
  checkFingerprint,
  fingerprintOf,
  type TrainingFacts,
  type TrainingFingerprint,
} from "./training/fingerprint.ts";
