/** Triples as the kernels read them: runs of one liked item and the others that it is compared with, in batches of a user. */

import { largestBatch } from "../assembly/triples/layout.ts";
import type { TripleProblem } from "./triples.ts";

/** The columns of a session; `assembly/triples/layout.ts` says what each is. */
export interface Batches {
  /** Every liked item followed by its others. */
  readonly items: Uint32Array;
  /** Number of others of every run. */
  readonly runs: Uint32Array;
  /** First entry and first run of every batch, and the ends of the last. */
  readonly batches: Uint32Array;
  /** First batch of every user, and the end of the last. */
  readonly userBatches: Uint32Array;
}

/** Cuts sorted triples into batches, of as many entries as leave their rows in the first-level cache. */
export function batchesOf({ userCount, factors, users, liked, others }: TripleProblem): Batches {
  const most = Math.max(8, Math.min(largestBatch, Math.floor(1024 / factors)));
  const triples = users.length;
  // At worst every triple is a run and a batch of its own.
  const items = new Uint32Array(2 * triples);
  const runs = new Uint32Array(triples);
  const batches = new Uint32Array(2 * triples + 2);
  const userBatches = new Uint32Array(userCount + 1);
  let [entries, runCount, batchCount, t] = [0, 0, 0, 0];
  for (let user = 0; user < userCount; user++) {
    userBatches[user] = batchCount;
    let room = 0;
    while (t < triples && users[t] === user) {
      const wanted = Math.min(runFrom(t), most - 1);
      if (room < wanted + 1) {
        batches[2 * batchCount] = entries;
        batches[2 * batchCount + 1] = runCount;
        batchCount++;
        room = most;
      }
      items[entries] = liked[t];
      for (let k = 1; k <= wanted; k++) items[entries + k] = others[t++];
      runs[runCount++] = wanted;
      entries += wanted + 1;
      room -= wanted + 1;
    }
  }
  userBatches[userCount] = batchCount;
  batches[2 * batchCount] = entries;
  batches[2 * batchCount + 1] = runCount;
  return {
    items: items.subarray(0, entries),
    runs: runs.subarray(0, runCount),
    batches: batches.subarray(0, 2 * batchCount + 2),
    userBatches,
  };

  /** Triples from t that have its user and liked item. */
  function runFrom(t: number): number {
    let end = t + 1;
    while (end < triples && users[end] === users[t] && liked[end] === liked[t]) end++;
    return end - t;
  }
}

/** Borders of the users of so many chunks: about as many triples each. */
export function bordersOf({ userCount, users }: TripleProblem, chunks: number): Uint32Array {
  return Uint32Array.from({ length: chunks + 1 }, (_, chunk) => {
    if (chunk === 0) return 0;
    const t = Math.floor((users.length * chunk) / chunks);
    return chunk === chunks ? userCount : users[t];
  });
}
