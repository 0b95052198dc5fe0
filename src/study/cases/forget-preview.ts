/** What forgetting would do: who loses what, and how long it takes. Nothing is written. */

import { checkTarget } from "../../exchange/model/target.ts";
import { checkStarts } from "../../training/other-starts.ts";
import type { Unknown } from "../choosing/unknown.ts";
import { runOf } from "../run.ts";
import { openModel } from "../store/model.ts";
import { checkOriginal } from "../store/original.ts";
import { type Estimate, estimatedSeconds } from "./estimated-seconds.ts";
import {
  type ForgetFolderOptions,
  type ForgetFolderRequest,
  plannedForgetting,
  refuseAll,
  refuseBringingBack,
} from "./forget.ts";
import { previewSentence } from "./forgotten-words.ts";
import { type Losing, losingAll } from "./losing.ts";

/** What would go, and what would be left. */
export interface ForgetPreview {
  readonly dryRun: true;
  readonly summary: string;
  readonly method: string;
  /** Interactions that would go. */
  readonly rows: number;
  /** What would remain: users and items with data, and interactions. */
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  /** Who would have no data left. */
  readonly loses: Losing;
  /** Those among them that the request does not name. */
  readonly others: Losing;
  readonly estimate: Estimate;
  readonly unknown: Unknown;
  readonly warnings: readonly string[];
}

/** Looks at a request, and refuses what forgetting would refuse. */
export async function previewForgetting(
  folder: string,
  out: string | undefined,
  request: ForgetFolderRequest,
  options: ForgetFolderOptions = {},
): Promise<ForgetPreview> {
  const run = runOf(options);
  await checkOriginal(options.keepOriginal, [folder, ...(out === undefined ? [] : [out])]);
  const model = await openModel(folder, options);
  const { rows, unknown, warnings, unlearner } = plannedForgetting(model, request);
  const { size, byUser, byItem } = model.trained.interactions;
  refuseAll(rows, size);
  checkStarts(model.trained, options.starts);
  if (out !== undefined && !options.overwrite) await refuseBringingBack(model, rows, out, await checkTarget(out), run);
  const loses = losingAll(model, rows);
  const checks = (options.verify ? 1 : 0) + (options.starts ?? 0);
  const seconds = await estimatedSeconds(model.trained, unlearner.name, run, checks);
  return {
    dryRun: true,
    summary: previewSentence({ request, unknown, rows: rows.length }),
    ...{ method: unlearner.name, rows: rows.length, interactions: size - rows.length },
    users: withData(byUser.start) - loses.users.length,
    items: withData(byItem.start) - loses.items.length,
    loses,
    others: {
      users: without(loses.users, request.users),
      items: without(loses.items, request.items),
    },
    estimate:
      rows.length === 0 && unlearner.name !== "retrain" ? { seconds: 0, basis: "there is nothing to do" } : seconds,
    ...{ unknown, warnings },
  };
}

function withData(start: Uint32Array): number {
  let count = 0;
  for (let k = 1; k < start.length; k++) if (start[k] > start[k - 1]) count++;
  return count;
}

function without(ids: readonly string[], named: readonly string[] = []): string[] {
  const asked = new Set(named);
  return ids.filter((id) => !asked.has(id));
}
