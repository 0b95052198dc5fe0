/** Work that may replace the folder that it reads: a lock beside it keeps a second one from beginning. */

import { lockFolder } from "../../exchange/files/lock.ts";
import { realFolder } from "../../exchange/files/temporaries.ts";

/** Does the work, under a lock where both folders are the same. Throws `conflict` where the lock is held. */
export async function ontoItself<Result>(folder: string, out: string, work: () => Promise<Result>): Promise<Result> {
  const real = await realFolder(folder);
  const lock = real === (await realFolder(out)) ? await lockFolder(real, folder) : undefined;
  try {
    return await work();
  } finally {
    await lock?.release();
  }
}
