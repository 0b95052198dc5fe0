/** Items files: titles and genres in each format, and their defects. */

import { describe, expect, test } from "vitest";
import { readItems } from "../../src/data/reading.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();
const expected = new Map([
  ["1", { title: "Misérables, Les (1995)", genres: ["Drama", "Musical"] }],
  ["x 2", { title: 'The "X": Return', genres: ["Sci-Fi"] }],
]);

describe("formats", () => {
  const dat = '1::Misérables, Les (1995)::Drama|Musical\nx 2::The "X": Return::Sci-Fi\n';

  test("movies.dat, in UTF-8 and in ISO-8859-1, plain and gzip", async () => {
    expect(await readItems(folder.write("utf8.dat", dat))).toEqual(expected);
    expect(await readItems(folder.write("latin1.dat", Buffer.from(dat, "latin1")))).toEqual(expected);
    expect(await readItems(folder.write("latin1.dat.gz", Buffer.from(dat, "latin1")))).toEqual(expected);
  });

  test("RecBole .item", async () => {
    const content =
      "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n" +
      '1\tMisérables, Les (1995)\t1995\tDrama Musical\nx 2\tThe "X": Return\t\tSci-Fi\n';
    expect(await readItems(folder.write("set.item", content))).toEqual(expected);
  });

  test("CSV and TSV, columns in any order", async () => {
    const csv =
      'title,movieId,genres\r\n"Misérables, Les (1995)",1,Drama|Musical\r\n"The ""X"": Return",x 2,Sci-Fi\r\n';
    expect(await readItems(folder.write("movies.csv", csv))).toEqual(expected);
    const tsv = 'genres\titem\tname\nDrama|Musical\t1\tMisérables, Les (1995)\nSci-Fi\tx 2\tThe "X": Return\n';
    expect(await readItems(folder.write("movies.tsv", tsv))).toEqual(expected);
  });

  test("without genres, without a title, with control characters in one", async () => {
    expect(await readItems(folder.write("bare.csv", 'item,title\n1,One\n2,\n3,"a\n\u001b[31mb"\n'))).toEqual(
      new Map([
        ["1", { title: "One", genres: [] }],
        ["2", { title: "2", genres: [] }],
        ["3", { title: "a [31mb", genres: [] }],
      ]),
    );
    const none = await readItems(folder.write("none.csv", "item,title,genres\n1,One,(no genres listed)\n2,Two,\n"));
    expect([none.get("1")?.genres, none.get("2")?.genres]).toEqual([[], []]);
  });
});

test.each([
  { what: "no header", content: "1,One\n2,Two\n", says: ["line 1", '"1,One"', "a header that names item and title"] },
  { what: "a header alone", content: "item,title\n", says: ["line 1", "no rows"] },
  { what: "an empty file", content: "", says: ["line 1", "an empty file"] },
  { what: "too few fields", content: "item,title\n1\n", says: ["line 2", "1 field,", "2 as in the header"] },
  {
    what: "too few fields in .dat",
    name: "m.dat",
    content: "1::One::A\n2::Two\n",
    says: ["line 2", "2 fields", "id::title::genre"],
  },
  { what: "an empty id", content: "item,title\n,One\n", says: ["line 2", "an empty id of the item"] },
  { what: "an item twice", content: "item,title\n1,One\n2,Two\n1,Uno\n", says: ["line 4", '"1"', "line 2"] },
  {
    what: "a CSV that is not UTF-8",
    content: Buffer.from("item,title\n1,Caf\xe9\n", "latin1"),
    says: ["line 2", "not UTF-8"],
  },
  { what: "a NUL byte", name: "m.dat", content: "1::One::A\n2::T\0wo::B\n", says: ["line 2", "NUL"] },
])("defect: $what", async ({ name = "items.csv", content, says }) => {
  const file = folder.write(name, content);
  await expectDefect(readItems(file), `${file}, `, ...says);
});

test("no such file", async () => {
  await expectDefect(readItems("absent.item"), "absent.item", "no such file");
});
