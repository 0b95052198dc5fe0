/** What a model folder says of how it forgot: one note a request, the oldest merged into counts. */

import type { Certificate } from "../../training/certificate.ts";

/** One request, or several of one kind. Says nothing of whose data it was, nor of when. */
export interface Forgetting {
  readonly method: string;
  readonly guarantee: string;
  /** Requests that this note stands for. */
  readonly requests: number;
  /** Interactions that went. */
  readonly rows: number;
  /** Of the last request alone: that of an earlier one is of data that are not there any more. */
  readonly certificate?: Certificate | undefined;
}

/** Notes in a folder at most. */
export const mostForgettings = 1000;

/** The list with one more at its end. */
export function withForgetting(list: readonly Forgetting[], last: Omit<Forgetting, "requests">): Forgetting[] {
  const earlier = list.map(({ certificate: _, ...note }) => note);
  return [...(earlier.length < mostForgettings ? earlier : merged(earlier)), { ...last, requests: 1 }];
}

/** The older half as one note a method and guarantee, then the rest. */
function merged(list: readonly Forgetting[]): Forgetting[] {
  const half = list.length >> 1;
  const sums = new Map<string, Forgetting>();
  for (const note of list.slice(0, half)) {
    const key = JSON.stringify([note.method, note.guarantee]);
    const sum = sums.get(key);
    sums.set(key, {
      ...note,
      requests: note.requests + (sum?.requests ?? 0),
      rows: note.rows + (sum?.rows ?? 0),
    });
  }
  return [...sums.values(), ...list.slice(half)];
}
