/** Who is who in imported factors: ids of the file, labels of an indexer, lists in the order of rows, and positions. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ForeignFactors, writeForeign } from "../../src/exchange/foreign/index.ts";
import { npyOf, zipOf } from "../exchange/foreign/samples.ts";
import { errorOf } from "../support/lethe.ts";
import { expectReadable, sandbox } from "../support/sandbox.ts";

const { at, write, run, json } = sandbox();

const [users, items, d] = [9, 6, 2];
const nameOf = (side: string, k: number) => `${side}-${String.fromCharCode(97 + k)}`;
const table = (rows: number, seed: number) =>
  Float64Array.from({ length: rows * d }, (_, n) => Math.fround(Math.sin(seed + 1.7 * n)));

/** Row k of the tables is id k; the parts of a folder of Spark's come in another order. */
const byId = { users: table(users, 1), items: table(items, 2) };

/** Factors whose rows are in the order of `order`, under the ids that `idOf` gives. */
function factorsIn(order: readonly number[], idOf: ((k: number) => string) | undefined): ForeignFactors {
  return {
    factors: d,
    userFactors: Float64Array.from(order.flatMap((k) => [...byId.users.subarray(k * d, (k + 1) * d)])),
    itemFactors: byId.items,
    userIds: idOf && order.map(idOf),
    itemIds: idOf && Array.from({ length: items }, (_, k) => String(k)),
    stated: {},
    precision: "float32",
  };
}

const order = [4, 7, 0, 2, 8, 1, 6, 3, 5];
const pairs = Array.from({ length: users * items }, (_, n) => [Math.floor(n / items), n % items] as const).filter(
  ([u, i]) => (u + i) % 3 !== 0 || u === i,
);
write(
  "named.csv",
  `user,item,rating\n${pairs.map(([u, i]) => `${nameOf("user", u)},${i},${1 + ((u * i) % 5)}\n`).join("")}`,
);
write("pairs.csv", pairs.map(([u, i]) => `${nameOf("user", u)},${i}\n`).join(""));
const labels = Array.from({ length: users }, (_, k) => nameOf("user", k));
write("labels.txt", labels.join("\n"));

/** The score of every pair by the tables' own rows. */
const expected = pairs.map(([u, i]) =>
  [0, 1].reduce((sum, f) => sum + byId.users[u * d + f] * byId.items[i * d + f], 0),
);
const flags = "--interactions named.csv --loss mf --l2 1 --out m";

async function expectOwnScores(): Promise<void> {
  const { scores } = await json<{ scores: number[] }>("predict m --pairs pairs.csv");
  scores.forEach((score, k) => {
    expect(score).toBeCloseTo(expected[k], 12);
  });
}

describe("labels", () => {
  test.each(["spark", "csv", "parquet", "npz"])(
    "of a %s are looked up by id, whatever the order of rows",
    async (format) => {
      await writeForeign(at(`indexed-${format}`), format, factorsIn(order, String));
      const report = await json(`import indexed-${format} ${flags} --user-ids @labels.txt`);
      expect(report).toMatchObject({ ids: { users: "labels", items: "file" }, users });
      await expectOwnScores();
      const told = await run(`import indexed-${format} ${flags} --user-ids @labels.txt`);
      expectReadable(told);
      expect(told.stdout).toContain("label k of the list is id k of the file");
    },
  );

  test("are advised where the ids of the interactions are names, and the advice leads on", async () => {
    await writeForeign(at("indexed"), "spark", factorsIn(order, String));
    const { message, advice } = errorOf(await run(`import indexed ${flags} --json`));
    expect(message).toContain('user "user-a" of whom the factors have no row');
    expect(advice).toContain("--user-ids");
    await json(`import indexed ${flags} --user-ids @labels.txt`);
    await expectOwnScores();
  });

  test("are not advised where the interactions have numbers, or the file has names", async () => {
    write("numbers.csv", "user,item,rating\n99,0,1\n");
    const advised = async (args: string) => errorOf(await run(`import ${args} --loss mf --l2 1 --out m --json`)).advice;
    await writeForeign(at("indexed"), "spark", factorsIn(order, String));
    expect(await advised("indexed --interactions numbers.csv")).not.toContain("--user-ids");
    const names = factorsIn(order, (k) => `other-${k}`);
    await writeForeign(at("names.npz"), "npz", names);
    expect(await advised("names.npz --interactions named.csv")).not.toContain("--user-ids");
  });

  test("go out under the numbers of rows for Spark, and the report says whose they are", async () => {
    await writeForeign(at("indexed"), "spark", factorsIn(order, String));
    await json(`import indexed ${flags} --user-ids @labels.txt`);
    expect(errorOf(await run("export m --out out.spark --json")).advice).toContain("--ids positions");
    const { notes } = await json<{ notes: string[] }>("export m --out out.spark --ids positions");
    await json("export m --out out.csv");
    const ids = readFileSync(at("out.csv/users.csv"), "utf8")
      .split("\n")
      .slice(1)
      .flatMap((line) => line.split(",")[0] || []);
    expect(notes[0]).toContain(`user 0 is ${ids[0]};`);
    write("rows.txt", ids.join("\n"));
    const itemsById = notes.length === 1 ? "" : " --item-ids @items.txt";
    write(
      "items.txt",
      readFileSync(at("out.csv/items.csv"), "utf8")
        .split("\n")
        .slice(1)
        .flatMap((line) => line.split(",")[0] || [])
        .join("\n"),
    );
    await json(`import out.spark ${flags} --user-ids @rows.txt${itemsById}`);
    await expectOwnScores();
    expectReadable(await run("export m --out out.spark --ids positions"));
  });

  test("may be more than the rows: an indexer has seen people whom the model has not", async () => {
    await writeForeign(at("few.npz"), "npz", factorsIn(order, String));
    write("more.txt", [...labels, "user-y", "user-z"].join("\n"));
    expect(await json(`import few.npz ${flags} --user-ids @more.txt`)).toMatchObject({ ids: { users: "labels" } });
    await expectOwnScores();
  });

  test("that are the file's ids name nobody anew, in whatever order they are", async () => {
    await writeForeign(
      at("own.npz"),
      "npz",
      factorsIn(order, (k) => labels[k]),
    );
    expect(await json(`import own.npz ${flags} --user-ids @labels.txt`)).toMatchObject({ ids: { users: "file" } });
    await expectOwnScores();
  });

  test.each([
    ["ids from 1", (k: number) => String(k + 1), '"9" is no number below 9'],
    ["negative ids", (k: number) => String(k - 1), '"-1" is no number below 9'],
    ["ids of another list", (k: number) => `u${k}`, '"u4" is no number below 9'],
  ])("of %s are refused, with the reason", async (_, idOf, reason) => {
    await writeForeign(at("strange.npz"), "npz", factorsIn(order, idOf));
    const error = errorOf(await run(`import strange.npz ${flags} --user-ids @labels.txt --json`));
    expect(error).toMatchObject({
      code: "bad-input",
      message: expect.stringContaining(reason),
      advice: expect.stringContaining("--user-ids"),
      place: "userIds",
    });
  });

  test("that are there twice are refused with both places", async () => {
    await writeForeign(at("indexed.npz"), "npz", factorsIn(order, String));
    write("twice.txt", [...labels.slice(0, 8), labels[3]].join("\n"));
    const error = errorOf(await run(`import indexed.npz ${flags} --user-ids @twice.txt --json`));
    expect(error.message).toContain('"user-d" twice, at 3 and 8');
  });

  test("of a file without ids are in the order of its rows, one for each", async () => {
    await writeForeign(at("plain.safetensors"), "safetensors", factorsIn([...labels.keys()], undefined));
    const report = await json(`import plain.safetensors ${flags} --user-ids @labels.txt`);
    expect(report).toMatchObject({ ids: { users: "order", items: "positions" } });
    await expectOwnScores();
    write("more.txt", [...labels, "user-z"].join("\n"));
    const error = errorOf(await run(`import plain.safetensors ${flags} --user-ids @more.txt --json`));
    expect(error.message).toBe("10 user ids for 9 rows of user factors");
  });
});

describe("what the model does not need or cannot have", () => {
  const float64 = (name: string, shape: readonly number[], values: Float64Array) => ({
    [`${name}.npy`]: npyOf(
      `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join()},), }\n`,
      new Uint8Array(values.buffer),
    ),
  });
  const archive = {
    ...float64("user_factors", [users, d], byId.users.slice()),
    ...float64("item_factors", [items, d], byId.items.slice()),
  };
  const labelled = `${flags} --user-ids @labels.txt`;

  test("is passed over by name, in the report and in the text", async () => {
    const pickle = npyOf("{'descr': '|O', 'fortran_order': False, 'shape': (), }\n", new Uint8Array(500));
    write("more.npz", zipOf({ ...archive, "random_state.npy": pickle, "up\u0007down.npy": pickle }));
    expect(await json(`import more.npz ${labelled}`)).toMatchObject({
      passedOver: expect.arrayContaining(["random_state", "up\u0007down"]),
    });
    const told = await run(`import more.npz ${labelled}`);
    expectReadable(told);
    expect(told.stdout).toMatch(/passed over, not needed: .*random_state/);
  });

  test.each([
    ["user", users],
    ["item", items],
  ])("%s biases alone are refused, and with zeros for the other side they are not", async (side, rows) => {
    const one = {
      ...archive,
      ...float64(
        `${side}_bias`,
        [rows],
        Float64Array.from({ length: rows }, (_, k) => Math.cos(k)),
      ),
    };
    write("one.npz", zipOf(one));
    const other = side === "user" ? "item" : "user";
    expect(errorOf(await run(`import one.npz ${labelled} --json`))).toMatchObject({
      message: expect.stringContaining(`${side} biases and no ${other} biases`),
      advice: expect.stringContaining(`${other} bias of 0`),
    });
    const zeros = float64(`${other}_bias`, [users + items - rows], new Float64Array(users + items - rows));
    write("both.npz", zipOf({ ...one, ...zeros }));
    expect(await json(`import both.npz ${labelled} --polish`)).toMatchObject({ status: "converged" });
  });

  test.each([
    ["--loss mf --alpha 2", "alpha"],
    ["--loss mf --confidence-base 1", "confidenceBase"],
    ["--loss ials --l2-bias 2", "l2Bias"],
  ])("%s: a setting that does nothing is refused, as train refuses it", async (given, place) => {
    write("plain.npz", zipOf(archive));
    const args = `import plain.npz --interactions named.csv --l2 1 --user-ids @labels.txt ${given} --out m --json`;
    expect(errorOf(await run(args))).toMatchObject({ code: "bad-input", place });
  });
});

test("how far the factors are is told without polishing, as polishing measures it", async () => {
  interface Far {
    readonly objective: number;
    readonly shortfall: { readonly objective: number; readonly objectiveExcess: number; readonly scoreShift: number };
  }
  await writeForeign(at("far.safetensors"), "safetensors", factorsIn([...labels.keys()], undefined));
  const args = `import far.safetensors ${flags} --user-ids @labels.txt`;
  const told = await run(args);
  expectReadable(told);
  expect(told.stdout).toMatch(/scores\s+would\s+move\s+by/);
  const raw = await json<Far>(args);
  const { scores } = await json<{ scores: number[] }>("predict m --pairs pairs.csv");
  expectReadable(await run(`${args} --polish`));
  const polished = await json<Far>(`${args} --polish`);
  const after = await json<{ scores: number[] }>("predict m --pairs pairs.csv");
  const squares = after.scores.reduce((sum, score, k) => sum + (score - scores[k]) ** 2, 0);
  expect(polished.shortfall.scoreShift).toBeCloseTo(Math.sqrt(squares / scores.length), 12);
  expect(polished.shortfall.objectiveExcess).toBeCloseTo(raw.objective - polished.objective, 10);
  expect(polished.shortfall.objectiveExcess).toBeGreaterThan(1);
  expect(raw.shortfall.scoreShift / polished.shortfall.scoreShift).toBeCloseTo(1, 1);
  expect(raw.shortfall.objectiveExcess / polished.shortfall.objectiveExcess).toBeCloseTo(1, 1);
});
