/** From a model's data to the same with made-up profiles in them, as a file that training reads. */

import { checkNewFile, writeEvents } from "../../exchange/foreign/event-files.ts";
import type { SolveStatus } from "../../linear/solver.ts";
import { type GivenSettings, makeNamed } from "../../method/method.ts";
import { attacks } from "../../requests/index.ts";
import { runOf, type UseOptions } from "../run.ts";
import { leftoversOf } from "../store/leftovers.ts";
import type { NamedModel } from "../store/model.ts";

/** What was planted. */
export interface PlantReport {
  readonly attack: string;
  /** Outside id of the item that is attacked, and its title where there is one. */
  readonly item: string;
  readonly title: string | null;
  /** What every profile rates it. */
  readonly rating: number;
  /** Made-up users, how the ids of all of them and of nobody else begin, and their interactions. */
  readonly profiles: number;
  readonly prefix: string;
  readonly planted: number;
  /** All of the data that were written. */
  readonly users: number;
  readonly interactions: number;
  /** How the numerics of the attack ended. */
  readonly status: SolveStatus;
  readonly out: string;
  readonly warnings: readonly string[];
  readonly leftovers?: string[];
}

/** Which attack, with which settings, and where to. */
export interface PlantRequest {
  readonly attack: string;
  readonly settings?: GivenSettings | undefined;
  /** A new file. */
  readonly out: string;
}

/** Plants profiles in the data that a model was trained on, and writes all of these as CSV. Throws as the attack does, and `bad-input` where the file is there. */
export async function plantInto(
  { trained, dataset }: NamedModel,
  { attack, settings, out }: PlantRequest,
  options: UseOptions = {},
): Promise<PlantReport> {
  const run = runOf(options);
  await checkNewFile(out);
  const poisoned = await makeNamed(attacks, attack, trained, settings).plant({ trained, dataset }, run);
  const { interactions, userIds, itemIds, itemInfo } = poisoned.dataset;
  const left = await writeEvents(out, { interactions, userIds, itemIds }, { signal: run.signal });
  const item = itemIds.list[poisoned.item];
  return {
    ...{ attack, item, title: itemInfo.get(item)?.title ?? null, rating: poisoned.rating },
    ...{ profiles: poisoned.users.length, prefix: poisoned.prefix, planted: poisoned.rows.length },
    ...{ users: dataset.userIds.size + poisoned.users.length, interactions: interactions.size },
    ...{ status: poisoned.status, out },
    warnings: interactions.times ? ["the file has no times: planted interactions have none"] : [],
    ...(await leftoversOf(out, left)),
  };
}
