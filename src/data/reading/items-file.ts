/** Reads what an items file knows: titles and genres from MovieLens `movies.dat`, RecBole `.item`, CSV and TSV. */

import { isUtf8 } from "node:buffer";
import type { ItemInfo } from "../dataset.ts";
import { peek } from "./bytes.ts";
import { defect, fieldCount, quoted } from "./defects.ts";
import { formatOf, positionOf, type TextFormat } from "./format.ts";
import { faultOfId, idDefect } from "./ids.ts";
import { atMost, refuseMore } from "./limits.ts";
import { textOf } from "./records.ts";
import { type FirstRow, scanTable, type TableReader } from "./table.ts";

/**
 * Titles and genres by outside item id. `movies.dat` (`id::Title::Genre|Genre`) may be ISO-8859-1; the others are UTF-8
 * and have a header. An item without a title is called by its id. Of a catalogue only the items that are `wanted` are
 * kept. Throws `bad-input`, naming file and line, on an unusable row or a repeated item.
 */
export async function readItems(
  file: string,
  wanted: (id: string) => boolean = () => true,
): Promise<Map<string, ItemInfo>> {
  const items = new Map<string, ItemInfo>();
  let rows = 0;
  await scanTable(file, textBlocks(file), { rows: "rows of item, title and genres" }, (first) => {
    const layout = itemLayout(file, first);
    const lines = new Map<string, number>();
    const row: TableReader["row"] = (fields, at, line) => {
      if (fields.count !== layout.fieldCount) throw defect(file, line, fieldCount(fields.count), layout.shape);
      const id = textOf(fields, at, layout.item);
      if (faultOfId(id) !== undefined) throw idDefect(file, "item", id, line);
      rows++;
      if (!wanted(id)) return;
      refuseMore(file, line, items.size, "items");
      const before = lines.get(id);
      if (before !== undefined)
        throw defect(file, line, `item ${quoted(id)} again, first seen in line ${before}`, "each item once");
      lines.set(id, line);
      const genres = layout.genres < 0 ? [] : genresOf(textOf(fields, at, layout.genres), layout.format);
      items.set(id, { title: shown(textOf(fields, at, layout.title)) || id, genres });
    };
    return { header: layout.header, row };
  });
  if (rows === 0) throw defect(file, 1, "a header and no rows", "rows of item, title and genres");
  return items;
}

// MovieLens with 25 million ratings has 3 MB of titles.
const largestOldFile = 2 ** 26;

/** The text in UTF-8. Only the `::` format is old enough to come in ISO-8859-1, which only the whole file tells. */
async function* textBlocks(file: string): AsyncGenerator<Buffer> {
  const { head, blocks, close } = await peek(file);
  try {
    const lineEnd = head.indexOf(0x0a);
    if (!head.subarray(0, lineEnd < 0 ? head.length : lineEnd).includes("::")) return yield* blocks;
    const all: Buffer[] = [];
    for await (const block of atMost(file, blocks, largestOldFile)) all.push(block);
    const bytes = Buffer.concat(all);
    yield isUtf8(bytes) || bytes.includes(0) ? bytes : Buffer.from(bytes.toString("latin1"));
  } finally {
    await close();
  }
}

interface ItemLayout {
  readonly format: TextFormat;
  readonly header: boolean;
  readonly fieldCount: number;
  readonly shape: string;
  readonly item: number;
  readonly title: number;
  readonly genres: number;
}

function itemLayout(file: string, first: FirstRow): ItemLayout {
  const format = formatOf(first.separator, first.fields);
  const [item, title, genres] = (["item", "title", "genres"] as const).map((role) =>
    positionOf(file, first.fields, role),
  );
  if (item >= 0 && title >= 0)
    return {
      format,
      header: true,
      fieldCount: first.fields.length,
      shape: `${first.fields.length} as in the header`,
      item,
      title,
      genres,
    };
  if (format === "dat")
    return { format, header: false, fieldCount: 3, shape: "3: id::title::genre|genre", item: 0, title: 1, genres: 2 };
  throw defect(
    file,
    1,
    quoted(first.line),
    "a header that names item and title",
    "such as item,title,genres; genres separated by |",
  );
}

function genresOf(text: string, format: TextFormat): string[] {
  if (text === "(no genres listed)") return [];
  return shown(text)
    .split(format === "inter" ? " " : "|")
    .map((genre) => genre.trim())
    .filter((genre) => genre !== "");
}

/** Text on one line and without control characters, since titles are shown on terminals. */
function shown(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, " ").trim();
}
