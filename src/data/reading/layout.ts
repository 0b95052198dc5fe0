/** What is decided about a table of interactions before its rows are read: which column is what. */

import type { ColumnChoice, TextFormat } from "./format.ts";

/** Positions of the columns from 0; −1 where there is none. */
export interface Layout {
  readonly format: TextFormat;
  readonly header: boolean;
  readonly fieldCount: number;
  readonly user: number;
  readonly item: number;
  readonly rating: number;
  readonly time: number;
  /** Whether the columns were taken by position, since neither a header nor the reader said which is what. */
  readonly guessed: boolean;
}

/** What a reader wants of a table. */
export interface LayoutWishes {
  readonly choice?: ColumnChoice | undefined;
  /** Whether a table without ratings can be used: each is 1 then. */
  readonly rating: "needed" | "optional";
  /** What takes a table without ratings, for the error where they are needed. */
  readonly unrated?: string | undefined;
  /** That of the file before: a part without a header has the columns of the part that has one. */
  readonly before?: Layout | undefined;
}

/** The same without what the file says of itself. */
export type Places = Omit<Layout, "format" | "fieldCount">;
