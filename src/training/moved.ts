/** Where users and items are when others have gone or come: their old and new indices. */

/** The indices of one side: the old one of each new one, `newcomer` where there is none, and the new one of each old one. */
export interface Moved {
  readonly old: ArrayLike<number>;
  readonly next: Uint32Array;
}

/** Stands for the old index of somebody, or of a row, that was not there. */
export const newcomer = -1;

/** Both sides. */
export type MovedSides = Readonly<Record<"user" | "item", Moved>>;
