/** Every defect of a file is one bad-input error that names the file, the line, what was found and what was expected. */

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quoted } from "../../src/data/reading/defects.ts";
import { type ReadingOptions, readInteractions } from "../../src/data/reading.ts";
import { LetheError } from "../../src/errors.ts";
import { expectDefect, scratchFolder } from "./files.ts";

const folder = scratchFolder();

interface Defect {
  readonly what: string;
  readonly name?: string;
  readonly content: string | Uint8Array;
  readonly options?: ReadingOptions;
  /** Parts of the message, the line first. */
  readonly says: readonly string[];
}

const header = "user,item,rating\n";
const long = "x".repeat(257);

const defects: readonly Defect[] = [
  {
    what: "a rating that is no number",
    content: `${header}a,b,1\na,c,good\n`,
    says: ["line 3", '"good"', "a finite number"],
  },
  { what: "an empty rating", content: `${header}a,b,\n`, says: ["line 2", '""', "a finite number"] },
  { what: "a rating NaN", content: `${header}a,b,NaN\n`, says: ["line 2", '"NaN"', "a finite number"] },
  {
    what: "a rating Infinity",
    content: `${header}a,b,-Infinity\n`,
    says: ["line 2", '"-Infinity"', "a finite number"],
  },
  { what: "a hexadecimal rating", content: `${header}a,b,0x10\n`, says: ["line 2", '"0x10"', "a finite number"] },
  {
    what: "a rating with a decimal comma between commas",
    content: `${header}a,b,1\na,c,"3,5"\n`,
    says: ["line 3", '"3,5"', "a finite"],
  },
  { what: "a rating beyond doubles", content: `${header}a,b,1e999\n`, says: ["line 2", '"1e999"', "rating"] },
  {
    what: "a rating whose square overflows",
    content: `${header}a,b,1\nb,b,-2e150\n`,
    says: ["line 3", '"-2e150"', "1e150"],
  },
  {
    what: "a rating defect in a .dat",
    name: "r.dat",
    content: "1::2::3\n1::3::x\n",
    says: ["line 2", '"x"', "a finite number"],
  },
  {
    what: "a rating defect in a .inter",
    name: "r.inter",
    content: "user_id:token\titem_id:token\trating:float\n1\t2\tx\n",
    says: ["line 2", '"x"'],
  },
  {
    what: "a first row that is neither header nor row",
    content: "a,b,good\n",
    says: ["line 1", '"a,b,good"', "a header that names user, item and rating"],
  },
  {
    what: "a header without user",
    content: "who,item,rating\na,b,1\n",
    says: ["line 1", "no column for the user", "who,item,rating"],
  },
  { what: "a header without item", content: "user,what,rating\na,b,1\n", says: ["line 1", "no column for the item"] },
  {
    what: "a header without rating",
    content: "user,item,when\na,b,1x\n",
    says: ["line 1", "no column for the rating"],
  },
  {
    what: "a header with two users",
    content: "user,user_id,item,rating\na,b,c,1\n",
    says: ["line 1", '"user" and "user_id"', "one column of the user"],
  },
  { what: "two columns only", content: "a,b\n", says: ["line 1", '"a,b"'] },
  { what: "too few fields", content: `${header}a,b,1\na,b\n`, says: ["line 3", "2 fields", "3 as in the header"] },
  { what: "too many fields", content: `${header}a,b,1\na,b,2,3\n`, says: ["line 3", "4 fields", "3 as in the header"] },
  {
    what: "too few fields without a header",
    name: "f.dat",
    content: "1::2::3::4\n1::3::3\n",
    says: ["line 2", "3 fields", "4 as in line 1"],
  },
  {
    what: "five fields without a header",
    name: "f.dat",
    content: "1::2::3::4::5\n",
    says: ["line 1", "5 fields", "3 or 4"],
  },
  { what: "one field", content: "abc\n", says: ["line 1", '"abc"', "commas, tabs, ::"] },
  { what: "a row with one field", content: `${header}abc\n`, says: ["line 2", "1 field,", "3 as in the header"] },
  { what: "an empty file", content: "", says: ["line 1", "an empty file", "rows of user"] },
  { what: "a file of blanks", content: "\n \r\n\n", says: ["line 1", "an empty file"] },
  { what: "a byte order mark alone", content: "\ufeff", says: ["line 1", "an empty file"] },
  { what: "an empty gzip", name: "e.csv.gz", content: "", says: ["line 1", "an empty file"] },
  { what: "a header alone", content: header, says: ["line 1", "a header and no rows"] },
  {
    what: "a typed header alone",
    name: "h.inter",
    content: "user_id:token\titem_id:token\trating:float",
    says: ["line 1", "a header and no rows"],
  },
  { what: "a blank first line", content: `\n${header}a,b,1\n`, says: ["line 1", "an empty line"] },
  { what: "a blank line between rows", content: `${header}a,b,1\n\n\na,c,1\n`, says: ["line 3", "an empty line"] },
  { what: "a NUL byte", content: `${header}a,b,1\na,\0c,2\n`, says: ["line 3", "NUL"] },
  {
    what: "random bytes",
    content: Uint8Array.from({ length: 5000 }, (_, k) => (k * 197 + (k >> 3)) % 251),
    says: ["line 1", "NUL"],
  },
  {
    what: "invalid UTF-8",
    content: Buffer.from(`${header}a,b,1\nJos\xe9,b,1\n`, "latin1"),
    says: ["line 3", "not UTF-8", "Jos"],
  },
  {
    what: "UTF-8 cut at the end",
    content: Buffer.from(`${header}a,b,1\nJos\xc3`, "latin1"),
    says: ["line 3", "not UTF-8"],
  },
  { what: "an empty user", content: `${header},b,1\n`, says: ["line 2", "an empty id of the user", "1 to 256"] },
  { what: "an item of spaces", content: `${header}a,  ,1\n`, says: ["line 2", "an empty id of the item", "1 to 256"] },
  { what: "a quoted empty user", content: `${header}"",b,1\n`, says: ["line 2", "an empty id of the user"] },
  {
    what: "an id too long",
    content: `${header}a,${long},1\n`,
    says: ["line 2", "an id of 257 bytes of the item", `"${"x".repeat(40)}…"`, "1 to 256"],
  },
  { what: "an id too long in bytes", content: `${header}a,${"é".repeat(129)},1\n`, says: ["line 2", "258 bytes"] },
  {
    what: "a control character in an id",
    content: `${header}a\u001b[31m,b,1\n`,
    says: ["line 2", "control character of the user", "\\u001b"],
  },
  {
    what: "a C1 control character in an id",
    content: `${header}a\u009b,b,1\n`,
    says: ["line 2", "control character", "\\u009b"],
  },
  { what: "a line end in a quoted id", content: `${header}"a\nb",b,1\n`, says: ["line 2", "control character", "\\n"] },
  { what: "a lone carriage return", content: `${header}a,b\rc,1\n`, says: ["line 2", "control character", "\\r"] },
  { what: "a quote never closed", content: `${header}a,b,1\n"a,b,1\na,c,2\n`, says: ["line 3", "never closed"] },
  { what: "text after a quote", content: `${header}"a"x,b,1\n`, says: ["line 2", "after a closing quote"] },
  { what: "a quote never closed in the header", content: 'user,item,"rating\n', says: ["line 1", "never closed"] },
  {
    what: "a defect after rows of several lines",
    content: `user,item,rating,note\na,b,1,"x\ny\nz"\na,c,?,n\n`,
    says: ["line 5", '"?"'],
  },
  {
    what: "a chosen column that is missing",
    content: `${header}a,b,1\n`,
    options: { columns: "user,item,score" },
    says: ["line 1", '"user", "item", "rating"', '"score"'],
  },
  {
    what: "a chosen position that is missing",
    content: `${header}a,b,1\n`,
    options: { columns: "0,1,3" },
    says: ["line 1", "3 columns", "a column 3"],
  },
  {
    what: "a position that is no integer",
    content: `${header}a,b,1\n`,
    options: { columns: { user: 0.5, item: 1, rating: 2 } },
    says: ["line 1", "column 0.5"],
  },
  {
    what: "a column chosen twice",
    content: `${header}a,b,1\n`,
    options: { columns: "0,0,2" },
    says: ["line 1", "one column chosen for two things"],
  },
  {
    what: "a column name that is there twice",
    content: "u,u,i,r\na,b,c,1\n",
    options: { columns: "u,i,r" },
    says: ["line 1", 'only one column named "u"'],
  },
  {
    what: "names without a header",
    content: "a,b,1\n",
    options: { columns: "user,item,rating" },
    says: ["line 1", '"user"'],
  },
  {
    what: "a first row skipped as a header by position",
    content: "a,b,good\na,c,1\n",
    options: { columns: "0,1,2" },
    says: ["line 1", '"good"', "a number"],
  },
  {
    what: "a pair repeated under error",
    content: `${header}a,b,1\na,c,1\nb,b,1\na,b,3\na,c,2\n`,
    options: { duplicates: "error" },
    says: ["line 5", "line 2", '"a"', '"b"'],
  },
  {
    what: "a pair repeated after rows of several lines",
    content: `user,item,rating,note\na,b,1,"x\ny"\na,c,1,n\na,b,1,n\n`,
    options: { duplicates: "error" },
    says: ["line 5", "line 2"],
  },
];

test.each(defects)("$what", async ({ name = "ratings.csv", content, options, says }) => {
  const file = folder.write(name, content);
  await expectDefect(readInteractions(file, options), `${file}, `, ...says);
});

test("a row without end", async () => {
  const file = folder.write("endless.csv", `${header}a,b,1\n"${"x,".repeat(3 << 20)}`);
  await expectDefect(readInteractions(file), `${file}, `, "line 3", "4 MiB");
});

describe("files that cannot be read", () => {
  const cases: readonly { what: string; make: () => string; says: string }[] = [
    { what: "no such file", make: () => join(folder.path, "absent.csv"), says: "no such file" },
    { what: "a file as a folder", make: () => join(folder.write("plain.csv", header), "x.csv"), says: "no such file" },
    { what: "a folder", make: () => mkdtempSync(join(folder.path, "dir-")), says: "a folder" },
    {
      what: "a folder named like gzip",
      make: () => {
        const path = join(folder.path, "dir.csv.gz");
        mkdirSync(path);
        return path;
      },
      says: "a folder",
    },
    { what: "a NUL byte in the name", make: () => "a\0b.csv", says: "cannot be read" },
    {
      what: "a .gz that is no gzip",
      make: () => raw("plain.csv.gz", Buffer.from(`${header}a,b,1\n`)),
      says: "not gzip",
    },
    { what: "a gzip cut short", make: () => raw("cut.csv.gz", zipped().subarray(0, -20)), says: "end too early" },
    { what: "a damaged gzip", make: () => raw("bad.csv.gz", zipped().fill(0x55, 20, 40)), says: "damaged gzip" },
    {
      what: "a gzip header without gzip",
      make: () => raw("head.csv", Buffer.from([0x1f, 0x20, 0x30])),
      says: "damaged gzip",
    },
  ];
  const raw = (name: string, bytes: Uint8Array) => {
    const file = join(folder.path, name);
    writeFileSync(file, bytes);
    return file;
  };
  const zipped = () =>
    gzipSync(Array.from({ length: 5000 }, (_, k) => `${(k * 7919) % 104729},${(k * 31) % 997},${k % 6}\n`).join(""));

  test.each(cases)("$what", async ({ make, says }) => {
    const file = make();
    await expectDefect(readInteractions(file), says, file.includes("\0") ? "b.csv" : file);
  });

  // Root may read everything; /proc/self/mem is there for everybody on Linux, and cannot be read at its start.
  test.runIf(process.platform === "linux")("a file that fails while it is read", async () => {
    await expectDefect(readInteractions("/proc/self/mem"), "/proc/self/mem", "cannot be read (EIO)");
  });
});

test.each(["user", "user,", "a,b,c,d,e", "", "item,user,rating", "user,item,timestamp"])(
  "the column list %j is refused before the file is opened",
  async (columns) => {
    const error = await expectDefect(readInteractions("absent.csv", { columns }), quoted(columns));
    expect(error.advice).toContain("user,item");
  },
);

test("a defect in any row of a large file names its line", async () => {
  const size = 150_000;
  const rows = Array.from({ length: size }, (_, k) => `${k % 1000}::${(k * 7) % 501}::${k % 6}`);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: size - 1 }), async (bad) => {
      const file = folder.write("large.dat", [...rows.slice(0, bad), "1::2", ...rows.slice(bad + 1)].join("\r\n"));
      await expectDefect(readInteractions(file), `${file}, line ${bad + 1}: found 2 fields`);
    }),
    { numRuns: 5 },
  );
});

test("whatever the bytes, the reader reads or throws a LetheError", async () => {
  const piece = fc.oneof(
    fc.constantFrom(",", "::", "\t", "\n", "\r\n", '"', "1", "a", "user", " ", "\ufeff", "é"),
    fc.string(),
  );
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join(""))),
  );
  await fc.assert(
    fc.asyncProperty(content, fc.constantFrom("any.csv", "any.dat", "any.inter", "any"), async (bytes, name) => {
      const error: unknown = await readInteractions(folder.write(name, bytes)).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error !== undefined) expect(error).toBeInstanceOf(LetheError);
    }),
    { numRuns: 500 },
  );
});

test("quotes are cut to 40 characters and safe for a terminal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
      const shown = quoted(text);
      expect(shown).not.toMatch(/\p{Cc}/u);
      const characters = Array.from(text);
      if (characters.length > 40) expect(shown.endsWith('…"')).toBe(true);
      else expect(JSON.parse(shown)).toBe(text);
    }),
  );
  expect(quoted("é".repeat(41))).toBe(`"${"é".repeat(40)}…"`);
});
