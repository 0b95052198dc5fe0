/** Where models are: opened, stored and looked at by a place's name. */

import type { Fingerprint } from "../../exchange/files/replace.ts";
import { realFolder } from "../../exchange/files/temporaries.ts";
import { readManifest } from "../../exchange/model/folder.ts";
import type { Manifest } from "../../exchange/model/manifest.ts";
import { checkTarget, otherFilesIn } from "../../exchange/model/target.ts";
import type { UseOptions } from "../run.ts";
import { leftoversOf } from "./leftovers.ts";
import { type NamedModel, openModel, type StoreOptions, storeModel } from "./model.ts";

/** Models by the names of their places. */
export interface Store {
  open(place: string, options: UseOptions): Promise<NamedModel>;
  /** What a model says of itself, without reading it whole. */
  manifest(place: string): Promise<Manifest>;
  /** What lies at a place, to be expected there until it is replaced. */
  look(place: string): Promise<Fingerprint>;
  /** Names at a place that do not belong to the model there. */
  otherFiles(place: string): Promise<string[]>;
  /** Paths beside a place where data of an earlier model may still lie: what dead writers have left, and could not be removed. */
  leftovers(place: string): Promise<{ readonly leftovers?: string[] }>;
  save(place: string, model: NamedModel, options: StoreOptions): Promise<NamedModel>;
}

/** Model folders, by their paths. */
export const folderStore: Store = {
  open: openModel,
  manifest: readManifest,
  look: checkTarget,
  otherFiles: async (place) => otherFilesIn(await realFolder(place)),
  leftovers: (place) => leftoversOf(place),
  save: storeModel,
};
