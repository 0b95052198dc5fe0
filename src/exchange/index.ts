/** Models on disk: the model folder, its manifest, and the file formats that it is made of. */

export { type ReplaceOptions, replaceFolder, type Step } from "./atomic.ts";
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
