/** A factor model as other systems hold it, and what a format of theirs can do. */

/** How many bits a stored number has. */
export type Precision = "float32" | "float64";

/** A factor model as other systems hold it: tables by row position, and outside ids where the format has them. */
export interface ForeignFactors {
  readonly factors: number;
  /** users × factors, row-major. */
  readonly userFactors: Float64Array;
  /** items × factors, row-major. */
  readonly itemFactors: Float64Array;
  /** One number a user, added to all that user's scores. */
  readonly userBias?: Float64Array | undefined;
  /** One number an item, added to all its scores. */
  readonly itemBias?: Float64Array | undefined;
  /** Added to every score. */
  readonly mean?: number | undefined;
  /** Outside ids of users in the order of rows; absent where the format has positions only. */
  readonly userIds?: readonly string[] | undefined;
  /** Outside ids of items in the order of rows; absent where the format has positions only. */
  readonly itemIds?: readonly string[] | undefined;
  /** Hyper-parameters that the file states, by the format's own names (regularization, alpha, …). */
  readonly stated: Readonly<Record<string, number | string | boolean>>;
  /** Names of arrays, tensors and entries of the file that the model does not need, and that were not read; absent: none. */
  readonly passedOver?: readonly string[] | undefined;
  /** What the file stores; numbers of fewer bits than 32 count as float32. */
  readonly precision: Precision;
}

/** The tables of a model, by the names that they have here. */
export type TableName = "userFactors" | "itemFactors" | "userBias" | "itemBias" | "mean";

/** How a foreign model is read. */
export interface ForeignReadOptions {
  /** Names of tables in the file where they are not the usual ones; formats of named arrays only (`npz`, `safetensors`). */
  readonly names?: Readonly<Partial<Record<TableName, string>>> | undefined;
  /** The most bytes that all tables together may take, 8 GiB unless given. */
  readonly byteLimit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a foreign model is written. */
export interface ForeignWriteOptions {
  /** What is stored; unless given, what the other system takes itself (`npz`, `spark`) or the precision of the model. */
  readonly precision?: Precision | undefined;
  /** Where the format has no biases: refuse a model with them, or append them to the tables as two more factors. */
  readonly biases?: "refuse" | "columns" | undefined;
  /** Row positions in the place of outside ids, for formats that take integers only (`spark`). */
  readonly ids?: "outside" | "positions" | undefined;
  /** Puts an apostrophe before ids that a spreadsheet would take for formulas, for formats that one opens (`csv`). */
  readonly guardFormulas?: boolean | undefined;
  /** Fingerprint of what the place must hold until it is replaced; default: what it holds when writing begins. */
  readonly expected?: string | null | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A format of other systems: files or folders that hold factor models. */
export interface ForeignFormat {
  readonly name: string;
  readonly summary: string;
  /** Whether what is at a path looks like this format, by its first bytes or the names in it; false where nothing is there. */
  detect(path: string): Promise<boolean>;
  /** Reads a model; throws `bad-input` when anything in it is damaged, inconsistent, unsupported or not finite. */
  read(path: string, options?: ForeignReadOptions): Promise<ForeignFactors>;
  /**
   * Writes a model, whole or not at all; throws `bad-input` when the model contradicts itself or does not fit the format,
   * or when something else than a model of this format is at the path. Returns the paths of old contents that could not be removed.
   */
  write(path: string, factors: ForeignFactors, options?: ForeignWriteOptions): Promise<readonly string[]>;
}

/** The most bytes that the tables of one model may take unless said otherwise: 8 GiB. */
export const defaultByteLimit = 8 * 2 ** 30;
