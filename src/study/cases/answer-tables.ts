/** Answers about many users or pairs as tables of text: CSV, a line a row. */

import { csvLine } from "../../exchange/foreign/csv-cells.ts";
import type { Explanation, PlayerExplanation } from "./explanation.ts";
import type { RecommendationList } from "./recommend.ts";

type Cells = Parameters<typeof csvLine>[0];

/** How answers of one kind stand in a table. */
export interface AnswerTable<Answer> {
  /** Names of the columns; the first answer says which there are, where that differs. */
  header(first: Answer | undefined): Cells;
  rows(answer: Answer): readonly Cells[];
}

/** The table of answers that come one after another, piece by piece. */
export async function* csvPieces<Answer>(
  table: AnswerTable<Answer>,
  answers: AsyncIterable<Answer> | Iterable<Answer>,
): AsyncGenerator<string> {
  let begun = false;
  for await (const answer of answers) {
    if (!begun) yield csvLine(table.header(answer));
    begun = true;
    yield table.rows(answer).map(csvLine).join("");
  }
  if (!begun) yield csvLine(table.header(undefined));
}

/** The lines of the same table, without their ends. */
export function* csvLines<Answer>(table: AnswerTable<Answer>, answers: readonly Answer[]): Generator<string> {
  const line = (cells: Cells) => csvLine(cells).slice(0, -1);
  yield line(table.header(answers[0]));
  for (const answer of answers) for (const cells of table.rows(answer)) yield line(cells);
}

/** A row for every recommended item. */
export const recommendationTable: AnswerTable<RecommendationList> = {
  header: () => ["user", "rank", "item", "score", "title", "genres"],
  rows: ({ user, items }) =>
    items.map(({ item, score, title, genres }, k) => [user, k + 1, item, score, title, genres.join("|")]),
};

/** A row for every pair; the score of one that is unknown is empty. */
export const scoreTable: AnswerTable<{
  readonly user: string;
  readonly item: string;
  readonly score: number | null;
}> = {
  header: () => ["user", "item", "score"],
  rows: ({ user, item, score }) => [[user, item, score]],
};

/** An answer about one pair, as a program reads it. */
export type AnyExplanation =
  | Pick<Explanation, "user" | "item" | "score" | "byItem" | "byUser">
  | Pick<PlayerExplanation, "user" | "item" | "score" | "byPlayer">;

const ends = ["influence", "without", "lower", "upper", "status"];

/** A row for every pair and reason: single interactions, or users, items and groups. */
export const reasonTable: AnswerTable<AnyExplanation> = {
  header: (first) => {
    const reason =
      first !== undefined && "byPlayer" in first
        ? ["player", "title", "rows"]
        : ["side", "row_user", "row_item", "title", "rating"];
    return ["user", "item", "score", ...reason, ...ends];
  },
  rows: (found) => {
    const asked = [found.user, found.item, found.score];
    if ("byPlayer" in found)
      return found.byPlayer.map((one) => [...asked, one.player, one.title, one.rows, ...endsOf(one)]);
    return Object.entries({ own: found.byItem, others: found.byUser }).flatMap(([side, reasons]) =>
      reasons.map((one) => [...asked, side, one.user, one.item, one.title, one.rating, ...endsOf(one)]),
    );
  },
};

interface Told {
  readonly influence: number;
  readonly without: number | null;
  readonly interval?: readonly [number, number] | null | undefined;
  readonly status: string;
}

const endsOf = ({ influence, without, interval, status }: Told) => [
  ...[influence, without, interval?.[0], interval?.[1], status],
];
