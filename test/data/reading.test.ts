/** Laws of reading: what was written is read, in every format, plain or gzip, whatever the line ends. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growingColumns, makeRoom } from "../../src/data/reading/columns.ts";
import { type Reading, type ReadingOptions, readInteractions } from "../../src/data/reading.ts";
import { scratchFolder } from "./files.ts";

const folder = scratchFolder();

interface Row {
  readonly user: string;
  readonly item: string;
  readonly rating: number;
  readonly time: number;
}

function rowsRead(reading: Reading): Row[] {
  const { interactions, userIds, itemIds } = reading.dataset;
  return Array.from({ length: interactions.size }, (_, k) => ({
    user: userIds.list[interactions.users[k]],
    item: itemIds.list[interactions.items[k]],
    rating: interactions.ratings[k],
    time: interactions.times?.[k] ?? 0,
  }));
}

async function read(name: string, content: string, options?: ReadingOptions): Promise<Reading> {
  return readInteractions(folder.write(name, content), options);
}

function csvField(text: string): string {
  return /[",\n]|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

interface Format {
  readonly name: string;
  readonly format: string;
  /** Ids that the format can hold. */
  readonly id: RegExp;
  write(rows: readonly Row[], timed: boolean): string[];
}

const formats: readonly Format[] = [
  {
    name: "ratings.dat",
    format: "dat",
    id: /^[^:]*$/,
    write: (rows, timed) => rows.map((r) => [r.user, r.item, r.rating, ...(timed ? [r.time] : [])].join("::")),
  },
  {
    name: "plain.csv",
    format: "csv",
    id: /^[^",]*$/,
    write: (rows, timed) => rows.map((r) => [r.user, r.item, r.rating, ...(timed ? [r.time] : [])].join(",")),
  },
  {
    name: "header.csv",
    format: "csv",
    id: /^/,
    write: (rows, timed) => [
      `"userId",rating,${timed ? "timestamp," : ""}movieId,note`,
      ...rows.map((r) =>
        [csvField(r.user), r.rating, ...(timed ? [`"${r.time}"`] : []), csvField(r.item), '"a ""note"", it is"'].join(
          ",",
        ),
      ),
    ],
  },
  {
    name: "header.tsv",
    format: "tsv",
    id: /^/,
    write: (rows, timed) => [
      `item_id\tUser-ID\tScore${timed ? "\ttime" : ""}`,
      ...rows.map((r) => [r.item, r.user, r.rating, ...(timed ? [r.time] : [])].join("\t")),
    ],
  },
  {
    name: "plain.txt",
    format: "tsv",
    id: /^/,
    write: (rows, timed) => rows.map((r) => [r.user, r.item, r.rating, ...(timed ? [r.time] : [])].join("\t")),
  },
  {
    name: "set.inter",
    format: "inter",
    id: /^/,
    write: (rows, timed) => [
      `user_id:token\titem_id:token\trating:float${timed ? "\ttimestamp:float" : ""}`,
      ...rows.map((r) => [r.user, r.item, r.rating, ...(timed ? [r.time] : [])].join("\t")),
    ],
  },
];

const id = fc
  .oneof(fc.nat(99).map(String), fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }))
  .map((text) => text.replace(/\p{Cc}/gu, "").trim())
  .filter((text) => text !== "" && text === text.replace(/^ +| +$/g, ""));
const rating = fc.oneof(fc.constantFrom(1, 2.5, 5, -0.125), fc.double({ noNaN: true, min: -1e150, max: 1e150 }));
const rows = fc.array(fc.record({ user: id, item: id, rating, time: fc.integer() }), { minLength: 1, maxLength: 30 });

describe.each(formats)("$name", ({ name, format, id: fits, write }) => {
  test("reads what was written, with any line ends, mark, blanks at the end, gzip or not", async () => {
    let number = 0;
    const variant = fc.record({
      timed: fc.boolean(),
      end: fc.constantFrom("\n", "\r\n"),
      mark: fc.constantFrom("", "\ufeff"),
      tail: fc.constantFrom("", "\n", "\r\n", "\n\n \n"),
      gzip: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(rows, variant, async (drawn, { timed, end, mark, tail, gzip }) => {
        const table = drawn
          .filter((r) => fits.test(r.user) && fits.test(r.item))
          // "−0" is not written, and a quote at the start of an unquoted field would be one.
          .map((r) => ({ ...r, rating: r.rating + 0, time: timed ? r.time + 0 : 0 }));
        fc.pre(table.length > 0);
        const content = mark + write(table, timed).join(end) + tail;
        const reading = await read(`${number++}-${name}${gzip ? ".gz" : ""}`, content);
        expect(rowsRead(reading)).toEqual(table);
        expect(reading.dataset.interactions.times !== undefined).toBe(timed);
        expect([reading.format, reading.rows]).toEqual([format, table.length]);
        expect(reading.dataset.userIds.list).toEqual([...new Set(table.map((r) => r.user))]);
        expect(reading.dataset.itemIds.list).toEqual([...new Set(table.map((r) => r.item))]);
        expect(reading.duplicates).toBe(
          table.length - new Set(table.map((r) => JSON.stringify([r.user, r.item]))).size,
        );
      }),
      { numRuns: 60 },
    );
  });
});

describe("large files", () => {
  test("rows and quotes that cross the blocks of reading are whole", async () => {
    const note = `"one\nline, and ""another""${"x".repeat(300)}"`;
    const table = Array.from({ length: 12_000 }, (_, k) => [`u${k % 977}`, `é${k % 7919}`, String((k % 9) / 2), note]);
    const content = `user,item,rating,note\n${table.map((fields) => fields.join(",")).join("\n")}`;
    for (const name of ["large.csv", "large.csv.gz"]) {
      const reading = await read(name, content);
      expect(rowsRead(reading).map((r) => [r.user, r.item, String(r.rating), note])).toEqual(table);
    }
  });
});

describe("columns", () => {
  const content = "who,what,x,stars_given,when\nann,dune,0,4,17\nbob,emma,0,2,18\n";
  const expected = [
    { user: "ann", item: "dune", rating: 4, time: 17 },
    { user: "bob", item: "emma", rating: 2, time: 18 },
  ];

  test("are chosen by name, as a list or as an object", async () => {
    const columns = { user: "who", item: "what", rating: "stars_given", time: "when" };
    expect(rowsRead(await read("named.csv", content, { columns }))).toEqual(expected);
    expect(rowsRead(await read("named.csv", content, { columns: "who, what,stars_given,when" }))).toEqual(expected);
    expect(rowsRead(await read("named.csv", content, { columns: "who,what,3,4" }))).toEqual(expected);
  });

  test("are chosen by position, with or without a header that says so", async () => {
    const bare = content.slice(content.indexOf("\n") + 1);
    expect(rowsRead(await read("bare.csv", bare, { columns: "0,1,3,4" }))).toEqual(expected);
    const headed = `user,item,x,rating,time\n${bare}`;
    expect(rowsRead(await read("headed.csv", headed, { columns: "0,1,3,4" }))).toEqual(expected);
  });

  test("are chosen by RecBole's name, with or without the type", async () => {
    const inter = "u:token\ti:token\tr:float\na\tb\t3\n";
    for (const columns of ["u,i,r", "u:token,i:token,r:float"])
      expect(rowsRead(await read("named.inter", inter, { columns }))).toEqual([
        { user: "a", item: "b", rating: 3, time: 0 },
      ]);
  });

  test("without a rating make every rating 1", async () => {
    const one = { user: "a", item: "b", rating: 1, time: 0 };
    expect(rowsRead(await read("implicit.csv", "user,item\na,b\n", { columns: "user,item" }))).toEqual([one]);
    expect(rowsRead(await read("implicit.csv", "user,item\na,b\n", { columns: "0,1" }))).toEqual([one]);
    expect(rowsRead(await read("implicit.csv", "a,b\n", { columns: { user: 0, item: 1 } }))).toEqual([one]);
  });
});

describe("repeated pairs", () => {
  const pair = fc.record({ user: fc.constantFrom("a", "b", "c"), item: fc.constantFrom("x", "y"), rating: fc.nat(5) });
  const write = (table: readonly { user: string; item: string; rating: number }[]) =>
    table.map((r) => `${r.user}\t${r.item}\t${r.rating}\n`).join("");
  const key = (r: { user: string; item: string }) => `${r.user} ${r.item}`;

  test("are kept and counted, or only the last row of each pair is kept", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 1, maxLength: 20 }), async (table) => {
        const all = table.map((r) => ({ ...r, time: 0 }));
        const kept = await read("repeated.tsv", write(table));
        const last = await read("repeated.tsv", write(table), { duplicates: "last" });
        expect(rowsRead(kept)).toEqual(all);
        expect(rowsRead(last)).toEqual(all.filter((r, k) => !all.slice(k + 1).some((later) => key(later) === key(r))));
        expect(last.rows).toBe(table.length);
        expect(last.duplicates).toBe(kept.duplicates);
        expect(last.dataset.interactions.size).toBe(last.rows - last.duplicates);
      }),
    );
  });

  test("without any, `error` reads as `keep` does", async () => {
    const options = { duplicates: "error" } as const;
    expect(rowsRead(await read("unique.csv", "a,x,1\na,y,2\nb,x,3\n", options))).toHaveLength(3);
  });
});

test("ids whose hashes collide stay apart", async () => {
  // Pairs of words with the same 32-bit FNV-1a hash.
  const words = ["costarring", "liquid", "declinate", "macallums", "altarage", "zinke"];
  const content = [...words, ...words.toReversed()].map((word) => `${word},x,1\n`).join("");
  const { dataset } = await read("collisions.csv", content);
  expect(dataset.userIds.list).toEqual(words);
  expect([...dataset.interactions.users]).toEqual([0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0]);
});

test("titles come from the items file", async () => {
  const itemsFile = folder.write("titles.csv", "item,title,genres\nx,The X,Drama|War\n");
  const { dataset } = await read("titled.csv", "a,x,1\n", { itemsFile });
  expect(dataset.itemInfo.get("x")).toEqual({ title: "The X", genres: ["Drama", "War"] });
});

test("growing columns keep their rows and stop at the limit", () => {
  const columns = growingColumns(true, true);
  for (let k = 0; k < 10_000; k++) {
    expect(makeRoom(columns, 10_000)).toBe(true);
    columns.users[k] = k;
    columns.items[k] = k + 1;
    columns.ratings[k] = k / 2;
    if (columns.times !== undefined) columns.times[k] = k + 2;
    columns.size++;
  }
  expect(makeRoom(columns, 10_000)).toBe(false);
  for (let k = 0; k < 10_000; k++)
    expect([columns.users[k], columns.items[k], columns.ratings[k], columns.times?.[k]]).toEqual([
      k,
      k + 1,
      k / 2,
      k + 2,
    ]);
});
