import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import type { ForeignReadOptions } from "../../../src/exchange/foreign/factors.ts";
import { readForeign, writeForeign } from "../../../src/exchange/foreign/index.ts";
import { folders } from "../../support/folders.ts";
import { floatsOf, npyOf, sampleFactors, zipOf } from "./samples.ts";

const newFolder = folders();

async function read(bytes: Uint8Array, options: ForeignReadOptions = {}) {
  const path = join(await newFolder(), "model.npz");
  await writeFile(path, bytes);
  return (await readForeign(path, "npz", options)).factors;
}

const users = floatsOf([2, 3], [1, 2, 3, 4, 5, 6]);
const items = floatsOf([1, 3], [7, 8, 0.1]);
const good = { "user_factors.npy": users, "item_factors.npy": items };
const scalar = (descr: string, data: Uint8Array) =>
  npyOf(`{'descr': '${descr}', 'fortran_order': False, 'shape': (), }`, data);
const wide = (text: string) => new Uint8Array(Uint32Array.from(text, (c) => c.codePointAt(0) ?? 0).buffer);

test("tables come back stored or deflated, with sizes in either place and text after the end", async () => {
  for (const how of [{}, { deflate: true }, { zip64: true }, { deflate: true, zip64: true }, { comment: "by hand" }]) {
    const model = await read(zipOf(good, how));
    expect(model.userFactors, JSON.stringify(how)).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
    expect(model.itemFactors).toEqual(Float64Array.of(7, 8, Math.fround(0.1)));
    expect([model.factors, model.precision, model.stated]).toEqual([3, "float32", {}]);
  }
});

test("columns first and rows first are the same table, in all three versions of the header", async () => {
  const turned = floatsOf([2, 3], [1, 4, 2, 5, 3, 6], true);
  const again = (version: number) =>
    npyOf(
      "{'shape': (2, 3), 'fortran_order': False, 'descr': '<f8'}",
      new Uint8Array(Float64Array.of(1, 2, 3, 4, 5, 6).buffer),
      version,
    );
  for (const bytes of [turned, again(1), again(2), again(3)]) {
    const model = await read(zipOf({ ...good, "user_factors.npy": bytes }));
    expect(model.userFactors).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
  }
});

test("scalars of every kind are stated, and other arrays are passed over", async () => {
  const model = await read(
    zipOf({
      ...good,
      "regularization.npy": scalar("<f8", new Uint8Array(Float64Array.of(0.01).buffer)),
      "alpha.npy": scalar("<f4", new Uint8Array(Float32Array.of(1.5).buffer)),
      "factors.npy": scalar("<i8", new Uint8Array(BigInt64Array.of(-3n).buffer)),
      "iterations.npy": scalar("<i4", new Uint8Array(Int32Array.of(-15).buffer)),
      "small.npy": scalar("|i1", Uint8Array.of(255)),
      "use_cg.npy": scalar("|b1", Uint8Array.of(1)),
      "half.npy": scalar("<f2", Uint8Array.of(0x00, 0xc1)),
      "dtype.npy": scalar("<U7", wide("float32")),
      "note.npy": scalar("<U5", wide("né\u{1f600}\0\0")),
      "norms.npy": floatsOf([4], [1, 2, 3, 4]),
      "readme.txt": Buffer.from("no array"),
    }),
  );
  expect(model.stated).toEqual({
    ...{ regularization: 0.01, alpha: 1.5, factors: -3, iterations: -15, small: -1, use_cg: true, half: -2.5 },
    ...{ dtype: "float32", note: "né\u{1f600}" },
  });
  expect(model.passedOver).toEqual(["norms", "readme.txt"]);
});

test("what is not needed is passed over and named, whatever it holds and however long", async () => {
  const odd = (descr: string, data: Uint8Array, shape = "") =>
    npyOf(`{'descr': ${descr}, 'fortran_order': False, 'shape': (${shape}), }`, data);
  const strangers = {
    short_pickle: odd("'|O'", new Uint8Array(300)),
    long_pickle: odd("'|O'", new Uint8Array(9000)),
    many_objects: odd("'|O'", new Uint8Array(9000), "3,"),
    big_endian: odd("'>f4'", new Uint8Array(4)),
    records: odd("[('a', '<f4')]", new Uint8Array(4)),
    complex: odd("'<c8'", new Uint8Array(8)),
    nan: scalar("<f8", new Uint8Array(Float64Array.of(Number.NaN).buffer)),
    no_unicode: scalar("<U1", new Uint8Array(4).fill(255)),
    no_array: Buffer.from("hello"),
    large: floatsOf([30, 100], new Array(3000).fill(1)),
  };
  const files = Object.fromEntries(Object.entries(strangers).map(([name, bytes]) => [`${name}.npy`, bytes]));
  const model = await read(zipOf({ ...files, ...good }), { byteLimit: 4096 });
  expect(model.passedOver?.toSorted()).toEqual(Object.keys(strangers).toSorted());
  expect(model.stated).toEqual({});
  expect(model.userFactors).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
});

test("what the objective is read from is refused where it is no number", async () => {
  const pickle = scalar("|O", new Uint8Array(300));
  const nan = scalar("<f8", new Uint8Array(Float64Array.of(Number.NaN).buffer));
  for (const name of ["regularization", "alpha"]) {
    await expect(read(zipOf({ ...good, [`${name}.npy`]: pickle }))).rejects.toThrow(/pickled/);
    await expect(read(zipOf({ ...good, [`${name}.npy`]: nan }))).rejects.toThrow(`"${name}" is NaN`);
  }
});

test("ids are texts or whole numbers, and tables go by other names where they are given", async () => {
  const ids = npyOf("{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }", wide("a\0bc"));
  const numbers = npyOf(
    "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }",
    new Uint8Array(BigInt64Array.of(9007199254740993n).buffer),
  );
  const bias = floatsOf([2], [1, 2]);
  const bytes = zipOf({
    ...{ "P.npy": users, "Q.npy": items, "user_ids.npy": ids, "item_ids.npy": numbers, "b.npy": bias },
  });
  const model = await read(bytes, { names: { userFactors: "P", itemFactors: "Q", userBias: "b" } });
  expect([model.userIds, model.itemIds]).toEqual([["a", "bc"], ["9007199254740993"]]);
  expect(model.userBias).toEqual(Float64Array.of(1, 2));
  await expect(read(bytes, { names: { userFactors: "P", itemFactors: "Q", mean: "m" } })).rejects.toMatchObject({
    message: expect.stringContaining('no array "m"'),
  });
});

test("an exported file has exactly the arrays that load sets on a model", async () => {
  const path = join(await newFolder(), "x.npz");
  await writeForeign(path, "npz", sampleFactors(1, { ids: false }));
  const { stated } = (await readForeign(path)).factors;
  expect(Object.keys(stated).sort()).toEqual(
    "alpha calculate_training_loss cg_steps dtype factors iterations num_threads regularization use_cg use_native".split(
      " ",
    ),
  );
});

const header = (descr: string, shape = "2, 3", order = "False") =>
  npyOf(`{'descr': ${descr}, 'fortran_order': ${order}, 'shape': (${shape}), }`, new Uint8Array(24));
const withUsers = (bytes: Uint8Array, how = {}) => zipOf({ ...good, "user_factors.npy": bytes }, how);
const zeros = floatsOf([1000, 100], new Array(100_000).fill(0));
const lying = (lie: object, how = {}) => zipOf(good, { ...how, lies: { "user_factors.npy": lie } });
const lies = (bytes: Uint8Array, lie: object) => withUsers(bytes, { deflate: true, lies: { "user_factors.npy": lie } });
const cut = (bytes: Buffer, from: number, to?: number) => bytes.subarray(from, to);

function edited(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(value >>> 0, at < 0 ? copy.length + at : at);
  return copy;
}

const hostile: [string, Uint8Array, RegExp][] = [
  ["nothing", new Uint8Array(0), /no zip archive ends here/],
  ["text", Buffer.from("PK\x03\x04 and so on, for more than a while"), /no zip archive ends here/],
  ["an archive without its end", cut(zipOf(good), 0, -10), /no zip archive ends here/],
  ["an archive without its start", cut(zipOf(good), 40), /./],
  ["a directory past the end", edited(zipOf(good), -6, 0x7fffffff), /does not lie within it/],
  ["a directory far too long", edited(zipOf(good), -10, 0x7fffffff), /does not lie within it/],
  ["a directory elsewhere", edited(zipOf(good), -6, 3), /entry 0 of its directory is damaged/],
  ["zip64 without its locator", edited(zipOf(good), -6, 0xffffffff), /zip64 directory is damaged/],
  ["no users", zipOf({ "item_factors.npy": items }), /no array under a usual name of user factors/],
  ["no entries", zipOf({}), /no array under a usual name of user factors/],
  ["an entry that is encrypted", lying({ flags: 1 }), /encrypted/],
  ["an unknown compression", lying({ method: 12 }), /another way than by deflate/],
  ["stored bytes that grow", lying({ size: 2 ** 31 }), /is 2147483648 bytes, of which/],
  ["stored bytes past the end", lying({ size: 2 ** 31, packed: 2 ** 31 }), /reaches into what follows/],
  ["deflated bytes that grow", lying({ size: 2 ** 31 }, { deflate: true }), /cannot become 2147483648 bytes/],
  ["deflated bytes longer than said", lies(Buffer.concat([users, users]), { size: users.length }), /longer than the/],
  ["deflated bytes shorter than said", lies(cut(users, 0, -4), { size: users.length }), /directory says/],
  ["entries that overlap", lying({ packed: users.length + 40, size: users.length + 40 }), /reaches into/],
  ["an entry that starts elsewhere", lying({ offset: 5 }), /reaches into what follows/],
  ["an entry without its header", edited(zipOf(good), 0, 0), /not where the directory says/],
  ["another name in the header", lying({ localName: "item_factorz.npy" }), /calls it "item_factorz.npy"/],
  ["another checksum", lying({ crc: 1 }), /another checksum/],
  ["another checksum, deflated", lying({ crc: 1 }, { deflate: true }), /another checksum/],
  [
    "no deflate data",
    zipOf({ ...good, "user_factors.npy": Buffer.alloc(200, 255) }, { lies: { "user_factors.npy": { method: 8 } } }),
    /no deflate data/,
  ],
  ["a bomb", zipOf({ ...good, "user_factors.npy": zeros }, { deflate: true }), /above the limit of 4096/],
  ["an array without a header", withUsers(Buffer.from("\x93NUM", "latin1")), /not a numpy array/],
  ["another magic", withUsers(Buffer.alloc(200)), /not a numpy array/],
  ["version 4", withUsers(npyOf("{}", new Uint8Array(10), 4)), /format 4\.0/],
  ["a header without end", withUsers(cut(users, 0, 40)), /within its header/],
  ["a header of 4 GiB", withUsers(edited(npyOf("{}", new Uint8Array(10), 2), 8, -1)), /longer than 65536/],
  ["a header that is no dict", withUsers(npyOf("[1, 2]", new Uint8Array(8))), /header is damaged/],
  ["a header that is a program", withUsers(npyOf("{'descr': __import__('os')}", users)), /header is damaged/],
  ["a pickle", withUsers(header("'|O'")), /pickled Python objects, which could run any program/],
  ["records", withUsers(header("[('a', '<f4'), ('b', '<f4')]")), /records of several fields/],
  ["big-endian numbers", withUsers(header("'>f4'")), /big-endian/],
  ["complex numbers", withUsers(header("'<c8'")), /"<c8" are not read/],
  ["integers", withUsers(header("'<i4'")), /not a table of numbers/],
  ["text", withUsers(header("'<U1'")), /not a table of numbers/],
  ["a row", withUsers(header("'<f4'", "6,")), /not a table of numbers: shape \(6\)/],
  [
    "no factors",
    withUsers(npyOf("{'descr': '<f4', 'fortran_order': False, 'shape': (5, 0), }", new Uint8Array(0))),
    /5, 0/,
  ],
  ["a shape that is too large", withUsers(header("'<f4'", "2, 4")), /takes 32 bytes, there are 24/],
  ["a shape that overflows", withUsers(header("'<f4'", "4611686018427387904, 4")), /not usable/],
  ["a shape that wraps to the right size", withUsers(header("'<f4'", "4294967296, 4294967296, 6")), /not usable/],
  ["a shape below zero", withUsers(header("'<f4'", "-2, -3")), /header is damaged/],
  ["a shape of nine", withUsers(header("'<f4'", "1, 1, 1, 1, 1, 1, 1, 2, 3")), /not usable/],
  ["the order of a text", withUsers(header("'<f4'", "2, 3", "'C'")), /header is damaged/],
  ["other factors for users", withUsers(floatsOf([3, 2], [1, 2, 3, 4, 5, 6])), /users have 2 factors, items have 3/],
  ["NaN", withUsers(floatsOf([2, 3], [1, 2, 3, 4, Number.NaN, 6])), /user factors of row 1 hold NaN/],
  ["infinity", withUsers(floatsOf([2, 3], [1, 2, -Infinity, 4, 5, 6])), /user factors of row 0 hold -Infinity/],
  [
    "ids that repeat",
    zipOf({ ...good, "user_ids.npy": npyOf("{'descr': '<U1', 'fortran_order': False, 'shape': (2,), }", wide("aa")) }),
    /"a" of row 1 is there twice/,
  ],
  [
    "too few ids",
    zipOf({ ...good, "user_ids.npy": npyOf("{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", wide("a")) }),
    /1 user ids for 2 rows/,
  ],
  [
    "ids that are no Unicode",
    zipOf({
      ...good,
      "user_ids.npy": npyOf("{'descr': '<U1', 'fortran_order': False, 'shape': (2,), }", new Uint8Array(8).fill(255)),
    }),
    /text 0 is not Unicode/,
  ],
  ["ids that are fractions", zipOf({ ...good, "user_ids.npy": floatsOf([2], [1, 2]) }), /neither texts nor whole/],
  ["a mean of two", zipOf({ ...good, "mean.npy": floatsOf([2], [1, 2]) }), /mean is not one number/],
];

test.each(hostile)("%s is refused with the reason", async (_, bytes, reason) => {
  await expect(read(bytes, { byteLimit: 4096 })).rejects.toMatchObject({
    name: "LetheError",
    code: "bad-input",
    message: expect.stringMatching(reason),
  });
});

test("what is deflated a thousandfold is counted before memory is taken for it", async () => {
  const bytes = 200 * 2 ** 20;
  const claim = npyOf(`{'descr': '<f4', 'fortran_order': False, 'shape': (${bytes / 4 - 32}, 1), }`, new Uint8Array(0));
  const rest = Buffer.alloc(bytes);
  const whole = Buffer.concat([claim, rest]).subarray(0, bytes);
  const file = zipOf(
    { "user_factors.npy": whole, "item_factors.npy": items },
    {
      deflate: true,
      lies: { "user_factors.npy": { crc: crc32(whole) ^ 1 } },
    },
  );
  expect(file.length).toBeLessThan(2 ** 20);
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers);
  }, 5);
  await expect(read(file)).rejects.toMatchObject({ code: "bad-input" });
  clearInterval(timer);
  expect(most - before).toBeLessThan(bytes / 2);
});
