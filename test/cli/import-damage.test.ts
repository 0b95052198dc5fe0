/** What strangers give `import`: every refusal names the place and has a remedy, and none is silent. */

import { beforeAll, expect, test } from "vitest";
import { npyFile, npyTextFile } from "../../src/exchange/foreign/npy.ts";
import { zipOf } from "../exchange/foreign/samples.ts";
import { errorOf } from "../support/lethe.ts";
import { sandbox } from "../support/sandbox.ts";

const { write, run, json } = sandbox();
type Files = Record<string, Uint8Array>;

const bytes = ({ name, pieces }: ReturnType<typeof npyFile>): Files => ({ [name]: Buffer.concat([...pieces]) });
const numbers = (name: string, shape: number[], values: number[], kind: "f4" | "i8" = "f4") =>
  bytes(npyFile(name, { kind, shape, values: Float64Array.from(values) }));
const good = { ...numbers("user_factors", [2, 1], [1, 2]), ...numbers("item_factors", [2, 1], [1, 2]) };
const renamed = (files: Files, from: string, to: string): Files =>
  Object.fromEntries(
    Object.entries(files).map(([name, file]) => [
      name,
      Buffer.from(Buffer.from(file).toString("latin1").replace(from, to), "latin1"),
    ]),
  );

beforeAll(() => write("r.csv", "user,item,rating\n0,0,1\n0,1,2\n1,0,2\n1,1,4\n"));

test.each<[string, Files, RegExp, RegExp]>([
  ["a flat table", numbers("user_factors", [2], [1, 2]), /"user_factors" is not a table/, /a row a user or item/],
  ["a table of integers", numbers("item_factors", [2, 1], [1, 2], "i8"), /kind i8/, /astype\("<f4"\)/],
  ["big-endian", renamed(numbers("user_factors", [2, 1], [1, 2]), "<f4", ">f4"), /big-endian/, /astype/],
  ["long doubles", renamed(numbers("user_factors", [2, 1], [1, 2]), "<f4", "<g4"), /kind "<g4"/, /save numbers as/],
  ["NaN", numbers("user_factors", [2, 1], [1, Number.NaN]), /user factors of row 1 hold NaN/, /train/],
  ["fewer ids", numbers("user_ids", [1], [0], "i8"), /1 user ids for 2 rows/, /one id for every row/],
  ["more ids", numbers("item_ids", [3], [0, 1, 2], "i8"), /3 item ids for 2 rows/, /one id for every row/],
  ["an id twice", bytes(npyTextFile("user_ids", [2], ["a", "a"])), /"a" of row 1 is there twice/, /each id once/],
  ["ids with decimals", numbers("user_ids", [2], [0, 1]), /neither texts nor whole numbers/, /astype\(int\)/],
  [
    "short biases",
    { ...numbers("user_bias", [1], [0]), ...numbers("item_bias", [2], [0, 0]) },
    /1 user biases/,
    /every row/,
  ],
  [
    "biases of one side",
    numbers("item_bias", [2], [0, 0]),
    /model\.npz: the file has item biases/,
    /add a user bias of 0/,
  ],
  ["several alphas", numbers("alpha", [2], [1, 2]), /"alpha" is no single number/, /the one number/],
  ["a hole", { "user_factors.npy": Buffer.from("\x93NUMPY\x01\0\x40\0{", "latin1") }, /user_factors\.npy: /, /./],
])("%s", async (_, files, message, advice) => {
  write("model.npz", zipOf({ ...good, ...files }));
  const error = errorOf(await run("import model.npz --interactions r.csv --loss mf --l2 1 --out m --json"));
  expect(error).toMatchObject({ code: "bad-input", message: expect.stringMatching(message) });
  expect(error.message).toContain("model.npz");
  expect(error.advice).toMatch(advice);
});

test("a number in brackets is a number", async () => {
  write("model.npz", zipOf({ ...good, ...numbers("alpha", [1], [3]), ...numbers("regularization", [1, 1], [2]) }));
  expect(await json("import model.npz --interactions r.csv --out m")).toMatchObject({
    ...{ l2: 2, confidence: { alpha: 3 }, passedOver: [] },
  });
});

test("however an archive is cut, the answer names it and helps", async () => {
  const whole = zipOf(good);
  for (let length = 1; length < whole.length; length += 37) {
    write("cut.npz", whole.subarray(0, length));
    const error = errorOf(await run("import cut.npz --interactions r.csv --loss mf --l2 1 --out m --json"));
    expect([error.code, error.message.includes("cut.npz"), (error.advice ?? "").length > 10]).toEqual([
      "bad-input",
      true,
      true,
    ]);
  }
});
