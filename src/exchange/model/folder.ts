/** A model on disk as a folder: written whole or not at all, and checked in every byte before it is used. */

import { chmod, constants, cp, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Dataset } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import { checkDigest, digestOf } from "../files/digest.ts";
import { removeLeftovers } from "../files/leftovers.ts";
import { isFolder } from "../files/make-folder.ts";
import type { Parquet } from "../files/parquet.ts";
import { type ReplaceOptions, replace } from "../files/replace.ts";
import { readSafetensors, type Tensor, writeSafetensors } from "../files/safetensors.ts";
import { textOf } from "../files/spelling.ts";
import { specialAt } from "../files/state.ts";
import { realFolder, recoverFolder } from "../files/temporaries.ts";
import { datasetOf, interactionColumns, itemColumns, userColumns } from "./dataset-columns.ts";
import {
  type FactorManifest,
  fileNames,
  type GeneralManifest,
  isFactorManifest,
  isTreeManifest,
  type Manifest,
  manifestName,
  sealManifest,
  type TreeManifest,
  unsealManifest,
} from "./manifest.ts";
import { layoutProblem, type Tables, tablesOf, tensorsOf, tensorsProblem, treesProblem } from "./tables.ts";
import { fingerprintIn, fingerprintOf, otherFilesIn, prepareTarget } from "./target.ts";

/** A factorization with all that is needed to explain it, train it again or forget from it. */
export interface StoredFactors {
  /** The manifest without what follows from the files. */
  readonly manifest: Omit<FactorManifest, "counts" | "files">;
  readonly tables: Tables;
  readonly trees?: undefined;
  readonly tensors?: undefined;
  readonly dataset: Dataset;
}

/** The same for a model of any other kind: its tensors by name, and its drawn negatives among them. */
export interface StoredTensors {
  readonly manifest: Omit<GeneralManifest, "counts" | "files">;
  readonly tables?: undefined;
  readonly trees?: undefined;
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly dataset: Dataset;
}

/** The same for boosted trees: their nodes and leaves as tensors. */
export interface StoredTrees {
  /** Tells them from other tensors. */
  readonly trees: true;
  readonly manifest: Omit<TreeManifest, "counts" | "files">;
  readonly tables?: undefined;
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly dataset: Dataset;
}

/** What a model folder holds. */
export type StoredModel = StoredFactors | StoredTensors | StoredTrees;

/** A model folder on disk. */
export interface ModelFolder {
  /** The real path. */
  readonly folder: string;
  /** The SHA-256 of the manifest's bytes, which hold those of all other files. */
  readonly digest: string;
  /** Only after writing: where data of the old model may still lie, old contents that could not be removed and what replaced links lead to. */
  readonly leftovers?: readonly string[] | undefined;
}

/** DuckDB is a quarter of a second to load: what needs no model folder does without. */
async function withParquet<Result>(use: (parquet: Parquet) => Promise<Result>): Promise<Result> {
  return (await import("../files/parquet.ts")).withParquet(use);
}

const attempts = 50;
const longestManifest = 1 << 20;

/**
 * Writes a model as a folder, in the place of one that is there; the same model gives the same bytes in every file.
 * At any moment the folder holds the old model or the new one; other files in it stay. Throws `bad-input` when the model contradicts itself
 * or the folder cannot be written, `conflict` when it does not hold what was expected, `aborted` when the signal fired.
 */
export async function writeModel(
  target: string,
  stored: StoredModel,
  options: ReplaceOptions = {},
): Promise<ModelFolder> {
  const { dataset } = stored;
  const counts = countsOf(dataset);
  const { tensors, problem } = checkedTensors(stored, counts);
  if (problem !== undefined) throw new LetheError("bad-input", `this model cannot be written: it has ${problem}`);
  const folder = await realFolder(target);
  let written = "";
  let linked: readonly string[] = [];
  const left = await replace(
    target,
    {
      prepare: prepareTarget,
      fingerprint: fingerprintIn,
      async write(temporary, { mode, linked: found }) {
        linked = found;
        await mkdir(temporary);
        if (mode !== undefined) await chmod(temporary, mode);
        await writeSafetensors(join(temporary, "parameters.safetensors"), tensors);
        await withParquet(async (parquet) => {
          await parquet.write(join(temporary, "interactions.parquet"), interactionColumns(dataset));
          // Uncompressed, so that a search of the bytes finds an id that is there.
          await parquet.write(join(temporary, "users.parquet"), userColumns(dataset), "uncompressed");
          await parquet.write(join(temporary, "items.parquet"), itemColumns(dataset), "uncompressed");
        });
        const files = await digestsIn(temporary);
        const text = sealManifest({ ...stored.manifest, counts, files } as Manifest);
        written = fingerprintOf(text);
        await copyOthers(folder, temporary);
        // Last, so that a folder with a manifest is a folder with everything.
        await writeFile(join(temporary, manifestName), text, { flag: "wx" });
      },
    },
    options,
  );
  const leftovers = [...left, ...linked];
  return { folder, digest: written, ...(leftovers.length === 0 ? {} : { leftovers }) };
}

async function copyOthers(folder: string, temporary: string): Promise<void> {
  const names = (await isFolder(folder)) ? await otherFilesIn(folder) : [];
  const how = { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, mode: constants.COPYFILE_FICLONE };
  for (const name of names) await cp(join(folder, name), join(temporary, name), how);
}

/**
 * Reads a model folder, after checking every file against the manifest; a folder whose writer died is put right first.
 * Throws `bad-model` when anything is missing, damaged or inconsistent, and names it.
 */
export async function readModel(folder: string): Promise<StoredModel & { readonly source: ModelFolder }> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const before = await identityOf(folder);
    const read = await readFiles(folder).catch((error: unknown) => asBadModel(error, folder));
    // A writer may have put a new model here meanwhile: files of two models must not be mixed.
    if ((await identityOf(folder)) !== before) continue;
    if (read instanceof Error) throw read;
    return read;
  }
  throw new LetheError("bad-model", `${folder} was replaced again and again while it was read`, "try again");
}

/** Reads and checks the manifest of a model folder, and nothing else; throws `bad-model`. */
export async function readManifest(folder: string): Promise<Manifest> {
  return unsealManifest(await manifestText(folder), join(folder, manifestName));
}

async function readFiles(folder: string): Promise<StoredModel & { readonly source: ModelFolder }> {
  const text = await manifestText(folder);
  const manifest = unsealManifest(text, join(folder, manifestName));
  const source = { folder: await realFolder(folder), digest: fingerprintOf(text) };
  const special = await specialAt(source.folder);
  if (special !== undefined)
    throw new LetheError(
      "bad-model",
      `${special.path} is ${special.kind}: a model folder holds files only`,
      "remove it, or move it out of the model folder",
    );
  for (const name of fileNames) await checkDigest(join(folder, name), name, manifest.files[name]);
  const { counts } = manifest;
  const tensors = await readSafetensors(join(folder, "parameters.safetensors"));
  const problem = problemOf(tensors, manifest, counts);
  if (problem !== undefined) throw new LetheError("bad-model", `parameters.safetensors has ${problem}`);
  const dataset = await withParquet(async (parquet) => {
    const read = (name: (typeof fileNames)[number], rows: number) =>
      parquet.read(join(resolve(folder), name), rows, name);
    return datasetOf(
      await read("interactions.parquet", counts.interactions),
      await read("users.parquet", counts.users),
      await read("items.parquet", counts.items),
    );
  });
  if (isFactorManifest(manifest)) {
    const { counts: _counts, files: _files, ...rest } = manifest;
    return { manifest: rest, tables: tablesOf(tensors), dataset, source };
  }
  if (isTreeManifest(manifest)) {
    const { counts: _counts, files: _files, ...rest } = manifest;
    return { manifest: rest, trees: true, tensors, dataset, source };
  }
  const { counts: _counts, files: _files, ...rest } = manifest;
  return { manifest: rest, tensors, dataset, source };
}

/** What is wrong with the tensors of a file for the manifest beside it. */
function problemOf(
  tensors: ReadonlyMap<string, Tensor>,
  manifest: Omit<FactorManifest, "files" | "counts"> | StoredTensors["manifest"] | StoredTrees["manifest"],
  counts: Manifest["counts"],
): string | undefined {
  if (isFactorManifest(manifest)) return layoutProblem(tensors, { model: manifest.model, ...counts });
  return isTreeManifest(manifest) ? treesProblem(tensors, manifest) : tensorsProblem(tensors, manifest, counts);
}

/** The tensors of a model, and what is wrong with them. */
function checkedTensors(stored: StoredModel, counts: Manifest["counts"]) {
  const tensors =
    stored.tables === undefined
      ? stored.tensors
      : tensorsOf(stored.tables, { model: stored.manifest.model, ...counts });
  return { tensors, problem: problemOf(tensors, stored.manifest, counts) };
}

/** Which folder lies at a path just now, as a text that is another one after each replacement. */
async function identityOf(folder: string): Promise<string> {
  const found = await stat(folder, { bigint: true }).catch(() => undefined);
  if (found !== undefined) return `${found.ino} ${found.ctimeNs}`;
  // Missing between two renames, and missing again between the next two, is not the same: every rename changes the parent.
  const parent = await stat(dirname(await realFolder(folder)), { bigint: true }).catch(() => undefined);
  return `missing ${parent?.mtimeNs}`;
}

function asBadModel(error: unknown, folder: string): Error {
  if (error instanceof LetheError) return error;
  if (!(error instanceof Error) || !("syscall" in error)) throw error;
  return new LetheError("bad-model", `${folder} cannot be read: ${error.message}`);
}

async function manifestText(folder: string): Promise<string> {
  const path = join(folder, manifestName);
  try {
    const real = await realFolder(folder);
    await recoverFolder(real);
    // What a dead writer was about to remove may hold what was to be forgotten.
    await removeLeftovers(dirname(real));
    const found = await stat(path);
    if (!found.isFile() || found.size > longestManifest) throw new Error(`${path} is not a file below 1 MiB`);
    return textOf(await readFile(path), path);
  } catch (error) {
    if (error instanceof LetheError) throw error;
    throw new LetheError("bad-model", `no Lethe model in ${folder}: ${(error as Error).message}`);
  }
}

async function digestsIn(folder: string): Promise<Manifest["files"]> {
  const [parameters, interactions, users, items] = await Promise.all(
    fileNames.map((name) => digestOf(join(folder, name))),
  );
  return {
    "parameters.safetensors": parameters,
    "interactions.parquet": interactions,
    "users.parquet": users,
    "items.parquet": items,
  };
}

function countsOf({ interactions, userIds, itemIds }: Dataset): Manifest["counts"] {
  if (interactions.userCount !== userIds.size || interactions.itemCount !== itemIds.size)
    throw new LetheError("bad-input", "this model cannot be written: its interactions and its ids disagree in number");
  return { users: userIds.size, items: itemIds.size, interactions: interactions.size };
}
