/** Models that are known by the positions of their rows: what is exported of them stays where it was, whoever is forgotten. */

import { beforeAll, describe, expect, test } from "vitest";
import { type ForeignFactors, readForeign, writeForeign } from "../../src/exchange/foreign/index.ts";
import { readManifest } from "../../src/exchange/model/folder.ts";
import { exportModel } from "../../src/study/cases/export.ts";
import { openModel } from "../../src/study/index.ts";
import { treeOf } from "../support/lethe.ts";
import { expectReadable, sandbox, tinyRows } from "../support/sandbox.ts";
import { dotOf } from "./dense-als.ts";

const { at, write, run, json } = sandbox();

// More rows than the interactions speak of: user 2 and the last ones have none from the start.
const [users, items, d] = [30, 20, 2];
const absent = { user: 2, item: 19 };
const rows = tinyRows.filter(([u]) => u !== absent.user);
const waves = (length: number, seed: number) => Float64Array.from({ length }, (_, k) => Math.sin(seed + 1.3 * k) / 2);
const tables: ForeignFactors = {
  factors: d,
  userFactors: waves(users * d, 1),
  itemFactors: waves(items * d, 2),
  stated: { regularization: 2, alpha: 1 },
  precision: "float64",
};

beforeAll(async () => {
  write("plays.csv", `user,item,rating\n${rows.map((row) => `${row.join()}\n`).join("")}`);
  await writeForeign(at("als.npz"), "npz", tables, { precision: "float64" });
  const biases = { ...tables, userBias: waves(users, 3), itemBias: waves(items, 4), mean: 3 };
  await writeForeign(at("mf.safetensors"), "safetensors", biases);
  await json("import als.npz --interactions plays.csv --polish --out ials");
  await json("import mf.safetensors --interactions plays.csv --loss mf --polish --out mf");
  for (const model of ["ials", "mf"]) {
    await json(`forget ${model} --users 5,11 --items 3 --out ${model}-exact`);
    await json(`forget ${model}-exact --users 0 --method retrain --out ${model}-again`);
  }
});

const gone = {
  ials: { users: [], items: [] },
  "-exact": { users: [5, 11], items: [3] },
  "-again": { users: [0, 5, 11], items: [3] },
};
const states = [
  ["", gone.ials],
  ["-exact", gone["-exact"]],
  ["-again", gone["-again"]],
] as const;
const cases = ["ials", "mf"].flatMap((model) =>
  states.flatMap(([state, { users, items }]) =>
    ["npz", "safetensors"].map((format) => [`${model}${state}`, format, users as number[], items as number[]] as const),
  ),
);

/** Row k of a table, with what is added to all of the row's scores. */
function rowsIn(read: ForeignFactors, side: "user" | "item") {
  const [table, bias] = side === "user" ? [read.userFactors, read.userBias] : [read.itemFactors, read.itemBias];
  const width = read.factors;
  return Array.from({ length: table.length / width }, (_, k) => ({
    factors: Array.from(table.subarray(k * width, (k + 1) * width)),
    bias: bias?.[k] ?? 0,
  }));
}

test.each(cases)(
  "%s as %s: row k is id k, and zeros where an id has no data",
  async (model, format, lostUsers, lostItems) => {
    const biases = model.startsWith("mf") && format === "npz" ? " --biases columns" : "";
    const args = `export ${model} --format ${format} --precision float64${biases} --out kept.${format}`;
    const report = await json<{ emptyRows: { users: number; items: number } }>(args);
    const { factors: read } = await readForeign(at(`kept.${format}`));
    const [userRows, itemRows] = [rowsIn(read, "user"), rowsIn(read, "item")];
    expect([userRows.length, itemRows.length, read.userIds, read.itemIds]).toEqual([
      users,
      items,
      undefined,
      undefined,
    ]);
    const left = rows.filter(([u, i]) => !lostUsers.includes(u) && !lostItems.includes(i));
    const empty = (table: typeof userRows, there: Set<number>) =>
      table.flatMap(({ factors, bias }, k) => {
        const zero = [...factors, bias].every((x) => x === 0);
        expect(zero, `row ${k}`).toBe(!there.has(k));
        return zero ? [k] : [];
      });
    const emptyUsers = empty(userRows, new Set(left.map(([u]) => u)));
    const emptyItems = empty(itemRows, new Set(left.map(([, i]) => i)));
    expect(emptyUsers).toEqual(expect.arrayContaining([...lostUsers, absent.user]));
    expect(emptyItems).toEqual(expect.arrayContaining([...lostItems, absent.item]));
    expect(report.emptyRows).toEqual({ users: emptyUsers.length, items: emptyItems.length });
    write("left.csv", left.map(([u, i]) => `${u},${i}\n`).join(""));
    const { scores } = await json<{ scores: number[] }>(`predict ${model} --pairs left.csv`);
    left.forEach(([u, i], k) => {
      const [p, q] = [userRows[u], itemRows[i]];
      expect((read.mean ?? 0) + p.bias + q.bias + dotOf(p.factors, q.factors)).toBeCloseTo(scores[k], 11);
    });
    const told = await run(args);
    expectReadable(told);
    expect(told.stdout).toContain("so that row k is still id k");
  },
);

describe("rows one after another", () => {
  test("are written where they are asked for, and the first that moved is named", async () => {
    for (const [format, ids] of [
      ["npz", true],
      ["safetensors", false],
    ] as const) {
      const args = `export ials-exact --format ${format} --compact --out compact.${format}`;
      const report = await json<{ notes: string[]; users: number }>(args);
      expect(report.notes).toEqual([
        "user rows have moved from row 2 on: row 2 is user 3",
        "item rows have moved from row 3 on: row 3 is item 4",
      ]);
      expect(report).not.toHaveProperty("emptyRows");
      const { factors: read } = await readForeign(at(`compact.${format}`));
      expect(read.userFactors.length / read.factors).toBe(report.users);
      if (ids) expect(read.userIds?.slice(0, 6)).toEqual(["0", "1", "3", "4", "6", "7"]);
      const told = await run(args);
      expectReadable(told);
      expect(told.stdout).toContain("row 2 is user 3");
    }
  });

  test("numbers in the place of ids are the positions, unless compact rows are asked for", async () => {
    const idsOf = async (flags: string) => {
      await json(`export ials-exact --format spark --ids positions --out numbers${flags}`);
      return (await readForeign(at("numbers"))).factors.userIds?.slice(0, 6);
    };
    expect(await idsOf("")).toEqual(["0", "1", "3", "4", "6", "7"]);
    expect(await idsOf(" --compact")).toEqual(["0", "1", "2", "3", "4", "5"]);
  });

  test("a row that has no position is refused by name, where others would move", async () => {
    const model = await openModel(at("ials-exact"));
    for (const format of ["npz", "safetensors"])
      await expect(exportModel({ ...model, positions: { users: 10 } }, format, at("no"))).rejects.toMatchObject({
        code: "bad-input",
        message: expect.stringMatching(/its user "10" has none: the rows from 8 on would move/),
        advice: expect.stringContaining("`compact`"),
      });
  });
});

describe("in the folder", () => {
  test("settings of the file outlive forgetting, by any method", async () => {
    for (const model of ["ials", "mf"]) {
      const { foreign } = await readManifest(at(model));
      expect(foreign?.stated).toMatchObject({ regularization: expect.any(Number) });
      for (const state of ["-exact", "-again"])
        expect((await readManifest(at(model + state))).foreign).toEqual(foreign);
    }
  });

  test("the manifest has the rows of each side that is known by position, and forgetting keeps them", async () => {
    for (const name of ["ials", "ials-exact", "ials-again", "mf", "mf-again"])
      expect((await readManifest(at(name))).positions, name).toEqual({ users, items });
    write("item-names.txt", Array.from({ length: items }, (_, k) => `item ${k}`).join("\n"));
    write("named.csv", `user,item,rating\n${rows.map(([u, i, r]) => `${u},item ${i},${r}\n`).join("")}`);
    await json("import als.npz --interactions named.csv --item-ids @item-names.txt --out half");
    expect((await readManifest(at("half"))).positions).toEqual({ users });
    await json("export half --format npz --out half.npz");
    const { factors: read } = await readForeign(at("half.npz"));
    expect([read.userIds, read.itemIds?.includes("item 19")]).toEqual([undefined, false]);
    const list = Array.from({ length: users }, (_, k) => k);
    write("user-list.txt", list.join("\n"));
    await json(
      "import als.npz --interactions named.csv --item-ids @item-names.txt --user-ids @user-list.txt --out whole",
    );
    expect((await readManifest(at("whole"))).positions).toBeUndefined();
  });

  test("a model that forgets nothing is the same model", async () => {
    write("nobody.csv", "user,item\n");
    await json("forget ials --interactions nobody.csv --out same");
    expect(treeOf(at("same"))).toEqual(treeOf(at("ials")));
    expect((await run("info ials")).stdout).toContain("known by position: 30 user rows, 20 item rows");
  });
});
