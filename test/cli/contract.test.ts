/** The contract of the command line: the JSON of every command, what lies on the disk after it, and how it ends. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { audits } from "../../src/audit/index.ts";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { estimators } from "../../src/influence/index.ts";
import { type Catalogue, methodNamed, namesOf } from "../../src/method/index.ts";
import { rowAt, type TensorPlace } from "../../src/model/tensors.ts";
import { attacks, requestRules } from "../../src/requests/index.ts";
import { predictPairs } from "../../src/study/cases/recommend.ts";
import { openModel } from "../../src/study/store/model.ts";
import { unlearners } from "../../src/unlearning/index.ts";
import { errorOf, lethe, scratch, treeOf } from "../support/lethe.ts";
import { expectReadable } from "../support/sandbox.ts";
import {
  csvOf,
  itemCount,
  itemId,
  itemsCsv,
  ratingsCsv,
  rows,
  small,
  titleOf,
  userCount,
  userId,
} from "../support/sets.ts";
import { smoothOf } from "../support/trained.ts";

interface Reason {
  readonly user: string;
  readonly item: string;
  readonly title: string | null;
  readonly rating: number;
  readonly influence: number;
  readonly without: number;
}

const newFolder = scratch();
const cwd = newFolder();
const at = (name: string): string => join(cwd, name);
const write = (name: string, content: string | Uint8Array): void => writeFileSync(at(name), content);
const number = expect.any(Number);
const text = expect.any(String);
const [forgotten, other] = [userId(3), userId(4)];

/** Runs a command with --json, which must end with this status, and reads the one document that it prints. */
async function json<Document = Record<string, unknown>>(
  args: string | readonly string[],
  status = 0,
): Promise<Document> {
  const list = typeof args === "string" ? args.split(" ") : args;
  const ran = await lethe([...list, "--json"], { cwd });
  expect({ status: ran.status, stderr: ran.stderr }, list.join(" ")).toEqual({ status, stderr: "" });
  expect(ran.stdout).toMatch(/^\{.*\}\n$/);
  return JSON.parse(ran.stdout);
}

/** Scores of pairs of ids, read from the folder in this process; null where one is unknown. */
async function scoresOf(model: string, pairs: readonly (readonly [string, string])[]): Promise<(number | null)[]> {
  const users = pairs.map(([user]) => user);
  const items = pairs.map(([, item]) => item);
  return predictPairs(await openModel(at(model)), users, items);
}

const explain = (model: string, user: string, item: string, more = "") =>
  json<{ score: number; byItem: Reason[]; byUser: Reason[] }>(
    `explain ${model} --user ${user} --item ${item}${more === "" ? "" : ` ${more}`}`,
  );

beforeAll(async () => {
  write("ratings.csv", ratingsCsv);
  write("items.csv", itemsCsv);
  await json(`train ratings.csv --items items.csv ${small} --out model`);
  await json(`forget model --users ${forgotten} --out after`);
});

describe("train", () => {
  test("prints its report, and --out holds the model", async () => {
    const report = await json(`train ratings.csv ${small} --seed 9 --out again/below/here`);
    expect(report).toEqual({
      model: "mf",
      status: "converged",
      objective: number,
      gradientNorm: number,
      tolerance: number,
      toleranceScale: number,
      l2: number,
      l2From: "given",
      error: expect.objectContaining({ metric: "rmse", unit: "rating", train: number, test: null, mean: number }),
      ranking: null,
      seconds: number,
      users: userCount,
      items: itemCount,
      interactions: rows.length,
      duplicates: 0,
      warnings: [],
      seed: 9,
      begins: "continuation",
      otherStarts: expect.objectContaining({ starts: 0, elsewhere: 0, dualityGap: number }),
      out: "again/below/here",
    });
    expect(report.gradientNorm).toBeLessThanOrEqual(Number(report.tolerance));
    expect(report.objective).toBeGreaterThan(0);
    const names = ["interactions.parquet", "items.parquet", "model.json", "parameters.safetensors", "users.parquet"];
    expect(readdirSync(at("again/below/here")).sort()).toEqual(names);
    expect(readdirSync(at("again/below"))).toEqual(["here"]);
  });

  test("ends with 1 where it does not converge; the model is written, and marked", async () => {
    const report = await json(`train ratings.csv ${small} --tolerance 1e-30 --out marked`, 1);
    expect(report).toMatchObject({ status: "step-limit", tolerance: 1e-30 });
    expect(report.gradientNorm).toBeGreaterThan(1e-30);
    expect(await json("info marked")).toMatchObject({
      result: { status: "step-limit" },
      training: { tolerance: 1e-30 },
    });
    const verified = await json("info marked --verify", 1);
    expect(verified).toMatchObject({ agrees: true, certificate: { converged: false, scope: "none" } });
    const told = await lethe(["info", "marked"], { cwd });
    expect(told.stdout).toContain("NOT converged");
    const later = await json(`forget marked --users ${forgotten} --out marked-later`, 1);
    expect(later).toMatchObject({ status: "step-limit", guarantee: "approximate" });
    expect(await json("info marked-later")).toMatchObject({ result: { status: "step-limit" } });
  });

  test("gives the same bytes each time, from any format and any place", async () => {
    write("ratings.csv.gz", gzipSync(ratingsCsv));
    write("swapped.tsv", ratingsCsv.replace(/^(.*),(.*),(.*)$/gm, "$3\t$2\t$1"));
    write("bare.dat", csvOf(rows).replaceAll(",", "::"));
    const model = treeOf(at("model"));
    expect(Object.keys(model)).toHaveLength(5);
    for (const name of ["ratings.csv", "ratings.csv.gz", "swapped.tsv", "bare.dat"]) {
      await json(`train ${at(name)} --items ${at("items.csv")} ${small} --out from/${name}`);
      expect(treeOf(at(`from/${name}`)), name).toEqual(model);
    }
    await json(`train ratings.csv --items items.csv ${small} --seed 2 --out from/seed`);
    expect(treeOf(at("from/seed"))).not.toEqual(model);
  });

  test("gives the same bytes with 1, 2 and 3 threads, and so does forgetting", async () => {
    const { interactions } = plantedFactors({ users: 300, items: 200, ratings: 20_000, factors: 3, seed: 5 });
    const { users, items, ratings } = interactions;
    write("larger.csv", csvOf(Array.from(ratings, (rating, k) => [users[k], items[k], rating])));
    for (const threads of [1, 2, 3]) {
      await json(`train larger.csv --factors 16 --l2 8 --threads ${threads} --out threads/${threads}`);
      await json(`forget threads/${threads} --users ${forgotten} --threads ${threads} --out forgot/${threads}`);
    }
    for (const folder of ["threads", "forgot"]) {
      const [one, two, three] = [1, 2, 3].map((threads) => treeOf(at(`${folder}/${threads}`)));
      expect(Object.keys(one)).toHaveLength(5);
      expect(two).toEqual(one);
      expect(three).toEqual(one);
    }
  });

  test("warns of pairs that come again, and counts them as it is told", async () => {
    const [[u, i]] = rows;
    write("twice.csv", `${ratingsCsv}${userId(u)},${itemId(i)},1\n`);
    const ran = await lethe([..."train twice.csv --out twice --json".split(" "), ...small.split(" ")], { cwd });
    expect(ran).toMatchObject({ status: 0, stderr: expect.stringMatching(/^lethe: 1 row .*\n$/) });
    expect(JSON.parse(ran.stdout)).toMatchObject({ interactions: rows.length + 1, duplicates: 1 });
    const { byItem } = await explain("twice", userId(u), itemId((i + 1) % itemCount), "-n 1000");
    const both = byItem.filter(({ item }) => item === itemId(i));
    expect(both).toHaveLength(2);
    const last = await json(`train twice.csv ${small} --duplicates last --out twice`);
    expect(last).toMatchObject({ interactions: rows.length, duplicates: 1 });
  });
});

describe("predict", () => {
  test("gives scores in the order of the pairs, and null for an id without data", async () => {
    const pairs = [
      ["nobody", itemId(1)],
      [other, itemId(1)],
      [other, "nothing"],
      [other, itemId(2)],
    ] as const;
    const expected = await scoresOf("model", pairs);
    expect(expected).toEqual([null, number, null, number]);
    const lines = pairs.map((pair) => `${pair.join()}\n`).join("");
    write("pairs.csv", `user,item\n${lines}`);
    expect(await json("predict model --pairs pairs.csv")).toEqual({ scores: expected });
    write("bare.csv", lines);
    expect(await json("predict model --pairs bare.csv")).toEqual({ scores: expected });
  });

  test("warns of a first line that may be a header of other words", async () => {
    write("worded.csv", `Kunde,Artikel\n${other},${itemId(1)}\n`);
    expect(await lethe(["predict", "model", "--pairs", "worded.csv"], { cwd })).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/worded\.csv, line 1: .*"Kunde".*if this is a header/),
    });
    write("unknown.csv", `nobody,${itemId(1)}\n${other},${itemId(1)}\n`);
    expect(await lethe(["predict", "model", "--pairs", "unknown.csv"], { cwd })).toMatchObject({
      status: 0,
      stderr: "",
    });
  });
});

describe("recommend", () => {
  test("gives the best items that the user has not rated, with titles", async () => {
    interface Item {
      readonly item: string;
      readonly score: number;
      readonly title: string;
    }
    const { items } = await json<{ items: Item[] }>(`recommend model --user ${other} -n 1000`);
    const rated = rows.filter(([u]) => u === 4).map(([, i]) => itemId(i));
    expect(items.map(({ item }) => item).sort()).toEqual(
      Array.from({ length: itemCount }, (_, k) => itemId(k))
        .filter((id) => !rated.includes(id))
        .sort(),
    );
    expect(items.map(({ score }) => score)).toEqual(items.map(({ score }) => score).sort((a, b) => b - a));
    for (const { item, title } of items) expect(title).toBe(titleOfId(item));
    const { items: two } = await json<{ items: Item[] }>(`recommend model --user ${other} -n 2`);
    expect(two).toEqual(items.slice(0, 2));
    const scores = await scoresOf("model", [[other, items[0].item]]);
    expect(scores).toEqual([items[0].score]);
  });
});

const titleOfId = (id: string): string => titleOf(Number((Number(id.split("-").at(-1)) - 2000) / 13));

describe("explain", () => {
  test("gives the reasons by |influence|, at most n of each side", async () => {
    const found = await explain("model", other, itemId(2), "-n 1000");
    expect(found).toEqual({
      user: other,
      item: itemId(2),
      title: titleOf(2),
      unit: "rating",
      score: number,
      base: number,
      baseOf: "mean and biases",
      byItem: expect.any(Array),
      byUser: expect.any(Array),
      method: "fast-influence",
      status: "converged",
      ratings: { ofUser: number, ofItem: number },
      note: text,
    });
    expect(await scoresOf("model", [[other, itemId(2)]])).toEqual([found.score]);
    const given = new Map(rows.map(([u, i, r]) => [`${userId(u)} ${itemId(i)}`, r]));
    for (const list of [found.byItem, found.byUser]) {
      expect(list.length).toBeGreaterThan(4);
      expect(list.some(({ influence }) => influence < 0)).toBe(true);
      const sizes = list.map(({ influence }) => Math.abs(influence));
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      for (const { user, item, rating, title, influence, without } of list) {
        expect(given.get(`${user} ${item}`)).toBe(rating);
        expect(title).toBe(titleOfId(item));
        expect(without).toBeCloseTo(found.score - influence, 12);
      }
    }
    const four = await explain("model", other, itemId(2), "-n 4");
    expect(four).toEqual({ ...found, byItem: found.byItem.slice(0, 4), byUser: found.byUser.slice(0, 4) });
    expect(found.byItem.every(({ user }) => user === other)).toBe(true);
    expect(found.byUser.every(({ user, item }) => user !== other && item === itemId(2))).toBe(true);
  });

  test("--positive gives only what supports the score, strongest first", async () => {
    const all = await explain("model", other, itemId(2), "-n 1000");
    const positive = await explain("model", other, itemId(2), "-n 1000 --positive");
    const supporting = (list: Reason[]) => list.filter(({ influence }) => influence > 0);
    expect(all.byItem.length).toBeGreaterThan(supporting(all.byItem).length);
    expect(positive.byItem).toEqual(supporting(all.byItem));
    expect(positive.byUser).toEqual(supporting(all.byUser));
  });

  test("says what forgetting a rating then does: leave-one-out to the last digits, fast influence nearly", async () => {
    const exactly = await explain("model", other, itemId(2), "-n 1 --method leave-one-out");
    expect(exactly).toMatchObject({ method: "leave-one-out", status: "converged" });
    const [reason] = exactly.byItem;
    write("one.csv", `${reason.user},${reason.item}\n`);
    expect(await json("forget model --interactions one.csv --out less")).toMatchObject({ rows: 1 });
    const [score] = await scoresOf("less", [[other, itemId(2)]]);
    expect(Math.abs(exactly.score - reason.influence - (score ?? 0))).toBeLessThan(1e-7);
    expect(Math.abs(reason.influence)).toBeGreaterThan(0.01);
    const fast = await explain("model", other, itemId(2), "-n 1000");
    const same = fast.byItem.find(({ item }) => item === reason.item);
    expect(Math.abs((same?.influence ?? 0) / reason.influence - 1)).toBeLessThan(0.2);
  });

  test.each(["fast-influence-text", "influence-function", "newton-step"])("--method %s", async (method) => {
    expect(await explain("model", other, itemId(2), `-n 2 --method ${method}`)).toMatchObject({
      method,
      byItem: [{ influence: number }, { influence: number }],
      byUser: [{ influence: number }, { influence: number }],
    });
  });
});

describe("explain --set", () => {
  test("gives the method its settings: a variant is its method with some of them", async () => {
    const form = (more: string) => explain("model", other, itemId(2), `-n 1000 ${more}`);
    for (const name of ["block", "text", "code"]) {
      const variant = await form(`--method fast-influence-${name}`);
      const set = await form(`--method fast-influence --set form=${name}`);
      expect(set).toEqual({ ...variant, method: "fast-influence" });
    }
    const [right, printed] = [await form("--method fast-influence"), await form("--set form=text")];
    expect(printed).toMatchObject({ method: "fast-influence" });
    expect(printed.byItem).not.toEqual(right.byItem);
    const dense = await form("--method influence-function --set solver=pseudo-inverse --set damping=0");
    const usual = await form("--method influence-function");
    const influences = ({ byItem }: typeof dense) => new Map(byItem.map(({ item, influence }) => [item, influence]));
    const wanted = influences(usual);
    for (const [item, influence] of influences(dense)) expect(influence).toBeCloseTo(wanted.get(item) ?? 0, 6);
  });
});

interface PlayerReason {
  readonly player: string;
  readonly title: string | null;
  readonly rows: number;
  readonly influence: number;
  readonly without: number;
  readonly status: string;
}

const explainBy = (more: string, model = "model") =>
  json<{ score: number; base: number; byPlayer: PlayerReason[] }>(
    `explain ${model} --user ${other} --item ${itemId(2)} ${more}`,
  );

describe("explain by players", () => {
  const raters = rows.filter(([, i]) => i === 2).map(([u]) => userId(u));
  const owned = rows.filter(([u]) => u === 4).map(([, i]) => itemId(i));

  test.each(["users", "items"] as const)(
    "--players %s tells what each as a whole does to the score",
    async (players) => {
      const found = await explainBy(`--players ${players} -n 1000`);
      const alone = await json<{ score: number; base: number }>(`explain model --user ${other} --item ${itemId(2)}`);
      expect(found).toEqual({
        ...{ user: other, item: itemId(2), title: titleOf(2), unit: "rating", score: alone.score, base: alone.base },
        baseOf: "mean and biases",
        players,
        byPlayer: expect.any(Array),
        method: "fast-influence",
        status: "converged",
        note: text,
      });
      const near = players === "users" ? [other, ...raters] : [itemId(2), ...owned];
      expect(found.byPlayer.map(({ player }) => player).sort()).toEqual([...new Set(near)].sort());
      const sizes = found.byPlayer.map(({ influence }) => Math.abs(influence));
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      for (const { player, title, rows: count, influence, without, status } of found.byPlayer) {
        expect(title).toBe(players === "items" ? titleOfId(player) : null);
        expect(count).toBe(rows.filter(([u, i]) => (players === "users" ? userId(u) : itemId(i)) === player).length);
        expect(without).toBe(alone.score - influence);
        expect(status).toBe("converged");
      }
      const two = await explainBy(`--players ${players} -n 2`);
      expect(two).toEqual({ ...found, byPlayer: found.byPlayer.slice(0, 2) });
      const positive = await explainBy(`--players ${players} -n 1000 --positive`);
      expect(positive.byPlayer).toEqual(found.byPlayer.filter(({ influence }) => influence > 0));
    },
  );

  test("by leave-one-out it is what forgetting the user, the item or the group then does", async () => {
    const [u, v] = [raters.find((id) => id !== other) as string, owned.find((id) => id !== itemId(2)) as string];
    const pairs = rows.filter(([user]) => user === 4).slice(0, 3);
    write("group.csv", pairs.map(([user, item]) => `${userId(user)},${itemId(item)}\n`).join(""));
    write("groups.csv", `group,user,item\n${pairs.map(([a, b]) => `three,${userId(a)},${itemId(b)}\n`).join("")}`);
    for (const [flags, player, request, out] of [
      ["--players users", u, `--users ${u}`, "less-user"],
      ["--players items", v, `--items ${v}`, "less-item"],
      ["--group groups.csv", "three", "--interactions group.csv", "less-group"],
    ]) {
      const { score, byPlayer } = await explainBy(`${flags} -n 1000 --method leave-one-out`);
      const told = byPlayer.find((one) => one.player === player) as PlayerReason;
      const report = await json<{ rows: number }>(`forget model ${request} --out ${out}`);
      expect(report.rows).toBe(told.rows);
      const [after] = await scoresOf(out, [[other, itemId(2)]]);
      expect(Math.abs(told.without - (after ?? Number.NaN)), flags).toBeLessThan(1e-6);
      expect(Math.abs(told.influence)).toBeGreaterThan(1e-3);
      expect(told.without).toBe(score - told.influence);
    }
  });

  test("--group names sets of interactions: to first order the sum of its rows", async () => {
    const pairs = rows.filter(([user]) => user === 4);
    const half = pairs.length >> 1;
    const line =
      (name: string) =>
      ([u, i]: readonly [number, number, number]) =>
        `${name},${userId(u)},${itemId(i)}\n`;
    write("halves.csv", [...pairs.slice(0, half).map(line("first")), ...pairs.slice(half).map(line("rest"))].join(""));
    const method = "--method influence-function";
    const found = await explainBy(`--group halves.csv ${method}`);
    expect(found).toMatchObject({ players: "groups", method: "influence-function", status: "converged" });
    expect(found.byPlayer.map(({ player }) => player).sort()).toEqual(["first", "rest"]);
    const { byItem } = await explain("model", other, itemId(2), `-n 1000 ${method}`);
    const influences = new Map(byItem.map(({ item, influence }) => [item, influence]));
    for (const { player, rows: count, influence, title } of found.byPlayer) {
      const own = player === "first" ? pairs.slice(0, half) : pairs.slice(half);
      const sum = own.reduce((total, [, i]) => total + (influences.get(itemId(i)) ?? Number.NaN), 0);
      expect(count).toBe(own.length);
      expect(title).toBe(null);
      expect(influence).toBeCloseTo(sum, 10);
    }
  });

  test("is told in 80 columns", async () => {
    write("one-group.csv", `a group,${other},${itemId(rows.find(([u]) => u === 4)?.[1] ?? 0)}\n`);
    for (const more of ["--players users -n 3", "--players items -n 3", "--group one-group.csv"]) {
      const args = `explain model --user ${other} --item ${itemId(2)} ${more}`;
      const ran = await lethe(args.split(" "), { cwd });
      expect({ status: ran.status, stderr: ran.stderr }, args).toEqual({ status: 0, stderr: "" });
      expectReadable(ran);
      expect(ran.stdout).toContain("influence");
    }
  });
});

test("the base of an explanation is the mean and both biases, and 0 where there are none", async () => {
  const { trained, dataset } = await openModel(at("model"));
  const { objective, params } = smoothOf(trained);
  const parameter = (name: string, row: number) => {
    const tensor = objective.tensors.find((one) => one.name === name);
    return params[rowAt(tensor as TensorPlace, row)];
  };
  const [user, item] = [dataset.userIds.find(other) as number, dataset.itemIds.find(itemId(2)) as number];
  const { base } = await json<{ base: number }>(`explain model --user ${other} --item ${itemId(2)}`);
  expect(base).toBeCloseTo(parameter("mean", 0) + parameter("user_bias", user) + parameter("item_bias", item), 12);
  await json("train ratings.csv --biases none --mean 3 --factors 2 --l2 4 --out fixed-mean");
  expect(await explain("fixed-mean", other, itemId(2))).toMatchObject({ base: 3 });
});

describe("forget", () => {
  test("takes settings of the method: --literal is the printed form", async () => {
    // Of a user who stays: the rows of one who goes are in neither folder.
    const [u, i] = rows[0];
    write("of-one.csv", `${userId(u)},${itemId(i)}\n`);
    const by = (more: string, out: string) =>
      json(`forget model --interactions of-one.csv --out ${out} --method sif${more}`);
    await by(" --literal", "literal");
    await by(" --set form=printed", "printed");
    await by("", "corrected");
    expect(treeOf(at("printed"))).toEqual(treeOf(at("literal")));
    expect(treeOf(at("corrected"))).not.toEqual(treeOf(at("literal")));
    const dense = await json(
      `forget model --users ${forgotten} --method influence-function --set solver=pseudo-inverse --out dense`,
    );
    const usual = await json(`forget model --users ${forgotten} --method influence-function --out iterative`);
    expect(Number(dense.objective) / Number(usual.objective)).toBeCloseTo(1, 5);
  });

  test("--overwrite replaces a model that has forgotten more; without it that is a conflict", async () => {
    await json(`forget model --users ${userId(7)} --out taken`);
    const ran = await lethe(["forget", "model", "--users", userId(8), "--out", "taken", "--json"], { cwd });
    expect(ran.status).toBe(3);
    expect(errorOf(ran)).toMatchObject({ code: "conflict", message: expect.stringContaining("bring back") });
    expect(await json(`forget model --users ${userId(8)} --out taken --overwrite`)).toMatchObject({ out: "taken" });
    expect(wholeBytes("taken")).toContain(userId(7));
    expect(wholeBytes("taken")).not.toContain(userId(8));
  });

  test("prints its report with the certificate", async () => {
    const report = await json<{
      rows: number;
      gradientNorm: number;
      gradientNormBefore: number;
      tolerance: number;
      certificate: { kind: string };
    }>(`forget model --users ${forgotten},${other} --out two`);
    const gone = rows.filter(([u]) => u === 3 || u === 4).length;
    expect(report).toEqual({
      summary: `Users ${forgotten} and ${other} are gone. This is the model that training again in the same way without them gives: ${
        report.certificate.kind === "global" ? "proved" : "checked locally"
      }.`,
      gone: { users: 2, items: 0 },
      keptItems: [],
      begins: "continuation",
      verification: null,
      otherStarts: expect.objectContaining({ starts: 0, elsewhere: 0, dualityGap: number }),
      exportable: true,
      next: [
        "lethe info two --verify",
        "lethe audit two --original model",
        "lethe export two --format csv --out two-csv",
      ],
      method: "exact",
      digestBefore: expect.stringMatching(/^[0-9a-f]{64}$/),
      digestAfter: expect.stringMatching(/^[0-9a-f]{64}$/),
      rows: gone,
      guarantee: "certified",
      status: "converged",
      objective: number,
      gradientNorm: number,
      gradientNormBefore: number,
      tolerance: number,
      seconds: number,
      certificateSeconds: number,
      passes: number,
      users: userCount - 2,
      items: itemCount,
      interactions: rows.length - gone,
      certificate: expect.objectContaining({
        kind: expect.stringMatching(/^(global|stationary)$/),
        gradientNorm: number,
        largestRow: number,
        dualityGap: number,
        converged: true,
        scope: expect.stringMatching(/^(global|local)$/),
        verdict: text,
      }),
      caveats: [],
      unknown: { users: [], items: [], interactions: [] },
      warnings: [],
      seed: 1,
      out: "two",
    });
    expect(report.gradientNorm).toBeLessThanOrEqual(Number(report.tolerance));
    expect(report.gradientNormBefore).toBeGreaterThan(0.01);
    const info = await json<{ counts: unknown; forgotten: unknown }>("info two");
    expect(info.counts).toEqual({ users: userCount - 2, items: itemCount, interactions: rows.length - gone });
    const { certificate } = report;
    const { rows: count } = report;
    expect(info.forgotten).toEqual([
      { method: "exact", guarantee: "certified", requests: 1, rows: count, certificate },
    ]);
  });

  test.each(["exact", "retrain", "scif"])("of nothing, a header without rows, changes no byte (%s)", async (method) => {
    write("nothing.csv", "user,item\n");
    const model = treeOf(at("model"));
    const report = await json(`forget model --interactions nothing.csv --method ${method} --out same-${method}`);
    expect(report).toMatchObject({ rows: 0, interactions: rows.length });
    // Who asks for a training from another seed gets one.
    if (method === "retrain") expect(treeOf(at("same-retrain"))).not.toEqual(model);
    else expect(treeOf(at(`same-${method}`))).toEqual(model);
    expect(treeOf(at("model"))).toEqual(model);
  });

  test("may write onto its own folder, and does then what it does elsewhere", async () => {
    await json(`train ratings.csv --items items.csv ${small} --out own/model`);
    await json(`forget own/model --users ${forgotten} --out own/model`);
    expect(treeOf(at("own/model"))).toEqual(treeOf(at("after")));
    expect(readdirSync(at("own"))).toEqual(["model"]);
    const again = await lethe(["forget", "own/model", "--users", forgotten, "--out", "own/model"], { cwd });
    expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining("already forgotten") });
    expect(treeOf(at("own/model"))).toEqual(treeOf(at("after")));
  });

  test("takes a whole item away", async () => {
    const [, item] = rows[0];
    const raters = rows.filter(([, i]) => i === item).length;
    const report = await json(`forget model --items ${itemId(item)} --out without-item`);
    expect(report).toMatchObject({ rows: raters, items: itemCount - 1, users: userCount, status: "converged" });
    expect(await scoresOf("without-item", [[other, itemId(item)]])).toEqual([null]);
    const { items } = await json<{ items: { item: string }[] }>(`recommend without-item --user ${other} -n 1000`);
    expect(items.length).toBeGreaterThan(5);
    expect(items.some((one) => one.item === itemId(item))).toBe(false);
    expect(wholeBytes("without-item").includes(titleOf(item))).toBe(false);
  });

  test("takes all users but one away, named in a file", async () => {
    const ids = Array.from({ length: userCount }, (_, k) => userId(k)).filter((id) => id !== other);
    write("all-but-one.txt", `${ids.join("\r\n")}\r\n`);
    const left = rows.filter(([u]) => u === 4);
    const report = await json("forget model --users @all-but-one.txt --out lonely");
    expect(report).toMatchObject({ status: "converged", users: 1, items: left.length, interactions: left.length });
    const { score, byItem, byUser } = await explain("lonely", other, itemId(left[0][1]));
    expect(score).toBeGreaterThan(0);
    expect(byItem.length).toBe(Math.min(10, left.length));
    expect(byUser).toEqual([]);
  });

  test("unites users, items and interactions, each once", async () => {
    const [u, i] = rows[0];
    const [v, j] = rows[rows.length - 1];
    write("some.csv", `${userId(u)},${itemId(i)}\n${userId(v)},${itemId(j)}\n`);
    const gone = rows.filter(([a, b]) => a === u || b === i || (a === v && b === j)).length;
    const report = await json(
      `forget model --users ${userId(u)},${userId(u)} --items ${itemId(i)} --interactions some.csv --out united`,
    );
    expect(report).toMatchObject({ rows: gone, interactions: rows.length - gone });
  });

  test("leaves another block of people and things alone", async () => {
    const block = (name: string, from: number) =>
      rows
        .filter(([u, i]) => u < 12 && i < 15)
        .map(([u, i, r]) => `${name}-${u},${name}-thing-${i},${(r + from) % 6}\n`);
    write("blocks.csv", [...block("left", 0), ...block("right", 2)].join(""));
    await json(`train blocks.csv --mean 0 --factors 2 --l2 1 --l2-bias 1 --out blocks`);
    const [user, item] = block("left", 0)[0].split(",");
    const found = await explain("blocks", user, item, "-n 1000");
    expect(found.byItem.length + found.byUser.length).toBeGreaterThan(3);
    for (const reason of [...found.byItem, ...found.byUser]) expect(reason.user).toMatch(/^left-/);
    const pairs = block("right", 2).map((line) => line.split(",").slice(0, 2) as [string, string]);
    const before = await scoresOf("blocks", pairs);
    await json(`forget blocks --users ${user} --out blocks-after`);
    const after = await scoresOf("blocks-after", pairs);
    expect(before.length).toBeGreaterThan(20);
    after.forEach((score, k) => {
      expect(Math.abs((score ?? Number.NaN) - (before[k] ?? 0))).toBeLessThan(1e-8);
    });
  });
});

/** All bytes of a model folder, each as one character. */
function wholeBytes(model: string): string {
  return readdirSync(at(model))
    .map((name) => readFileSync(at(`${model}/${name}`), "latin1"))
    .join("\n");
}

describe("what is forgotten is gone", () => {
  test("from the bytes of the folder, where it was before", async () => {
    const before = wholeBytes("model");
    const after = wholeBytes("after");
    // The search finds whom it should: everybody in the one, everybody else in the other.
    for (let k = 0; k < userCount; k++) {
      expect(before).toContain(userId(k));
      expect(after.includes(userId(k))).toBe(userId(k) !== forgotten);
    }
    for (let k = 0; k < itemCount; k++) expect(before).toContain(titleOf(k));
  });

  test("from the tables, read back", async () => {
    const { dataset, trained } = await openModel(at("after"));
    expect(dataset.userIds.list).toHaveLength(userCount - 1);
    expect(dataset.userIds.find(forgotten)).toBeUndefined();
    const { users, items, size } = trained.interactions;
    const left = Array.from({ length: size }, (_, k) => [
      dataset.userIds.list[users[k]],
      dataset.itemIds.list[items[k]],
    ]);
    expect(left).toEqual(rows.filter(([u]) => u !== 3).map(([u, i]) => [userId(u), itemId(i)]));
    expect(smoothOf(trained).params).toHaveLength((userCount - 1 + itemCount) * 4 + 1);
  });

  test("from explanations and predictions", async () => {
    const item = rows.find(([u]) => u === 3)?.[1] ?? 0;
    const before = await explain("model", other, itemId(item), "-n 1000");
    expect(before.byUser.some(({ user }) => user === forgotten)).toBe(true);
    const after = await explain("after", other, itemId(item), "-n 1000");
    expect(after.byUser).toHaveLength(before.byUser.length - 1);
    expect(JSON.stringify(after)).not.toContain(forgotten);
    expect(await scoresOf("after", [[forgotten, itemId(item)]])).toEqual([null]);
  });

  test("and the certificate is found again by the reference kernels", async () => {
    for (const model of ["model", "after", "two-stage"]) {
      if (model === "two-stage") await json(`forget after --items ${itemId(5)} --out two-stage`);
      const found = await json<{
        result: { objective: number };
        certificate: { objective: number; converged: boolean; gradientNorm: number };
        forgotten?: { certificate?: { objective: number; dualityGap: number } }[];
      }>(`info ${model} --verify`);
      expect(found).toMatchObject({ format: "lethe-model", agrees: true, certificate: { converged: true } });
      expect(found.certificate.objective / found.result.objective).toBeCloseTo(1, 11);
      expect(found.certificate.gradientNorm).toBeLessThanOrEqual(1e-8);
      expect(found.forgotten === undefined).toBe(model === "model");
      if (found.forgotten === undefined) continue;
      // Of the last request alone: the one before is of data that are not there any more.
      const [last, ...earlier] = found.forgotten.toReversed();
      expect(earlier).toHaveLength(model === "two-stage" ? 1 : 0);
      for (const note of earlier) expect(note).not.toHaveProperty("certificate");
      expect((last.certificate?.objective ?? 0) / found.certificate.objective).toBeCloseTo(1, 11);
    }
  });
});

describe("audit", () => {
  test("compares with the original and with a retrained model", async () => {
    write("test.csv", csvOf(rows.filter(([u], k) => u !== 3 && k % 5 === 0)));
    await json(`forget model --users ${forgotten} --method retrain --out retrained`);
    const report = await json<{ findings: Record<string, Record<string, unknown>> }>(
      "audit after --original model --retrained retrained --test test.csv",
    );
    const gone = rows.filter(([u]) => u === 3).length;
    const pairs = { pairs: number, rms: number, largest: number };
    const distance = {
      unlearnedToOriginal: pairs,
      unlearnedToRetrained: pairs,
      originalToRetrained: pairs,
      left: number,
    };
    expect(Object.keys(report)).toEqual(["forgotten", "findings", "skipped"]);
    expect(report).toMatchObject({
      forgotten: gone,
      findings: {
        stationarity: expect.objectContaining({ gradientNormBefore: number, gradientNormAfter: number }),
        distance: { random: distance, forgotten: distance, test: distance },
        parameters: expect.objectContaining({ comparedWith: "retrained", relative: number }),
        "top-items": expect.objectContaining({
          k: 10,
          users: userCount - 1,
          withOriginal: number,
          withRetrained: number,
        }),
        accuracy: expect.objectContaining({ unlearned: { rmse: number, mae: number, ratings: number, unknown: 0 } }),
      },
    });
    // Another seed has found the same optimum, and nothing of the user is left.
    expect((report.findings.distance.random as { left: number }).left).toBeLessThan(1e-5);
    expect(report.findings.stationarity.gradientNormAfter).toBeLessThanOrEqual(1e-8);
    const alone = await json<{ findings: Record<string, unknown> }>("audit after --original model");
    expect(alone.findings).toMatchObject({ accuracy: null, distance: { random: { unlearnedToOriginal: pairs } } });
  });
});

test("audit and evaluate have one RMSE for a file: ratings whose user or item a model does not know count in no mean", async () => {
  const strangers = `${forgotten},${itemId(2)},4\n${other},nothing-known,1\nnobody,${itemId(1)},5\n`;
  write("strangers.csv", csvOf(rows.filter((_, k) => k % 7 === 0)) + strangers);
  type Errors = { readonly rmse: number; readonly ratings: number; readonly unknown: number };
  const { findings } = await json<{ findings: { accuracy: Record<"original" | "unlearned", Errors> } }>(
    "audit after --original model --method accuracy --test strangers.csv",
  );
  for (const [folder, of] of [
    ["model", "original"],
    ["after", "unlearned"],
  ] as const) {
    const found = await json<{ rmse: number; rows: number; dropped: { unknownRows: number } }>(
      `evaluate ${folder} --test strangers.csv`,
    );
    const { rmse, ratings, unknown } = findings.accuracy[of];
    expect([found.rmse, found.rows, found.dropped.unknownRows]).toEqual([rmse, ratings + unknown, unknown]);
  }
  expect(findings.accuracy.original.unknown).toBe(2);
  expect(findings.accuracy.unlearned.unknown).toBeGreaterThan(2);
});

describe("audit --method", () => {
  test("is one audit alone, with its settings", async () => {
    const all = await json<{ forgotten: number; findings: Record<string, unknown> }>("audit after --original model");
    for (const name of Object.keys(all.findings)) {
      const { forgotten: count, findings } = await json<typeof all>(`audit after --original model --method ${name}`);
      expect(count).toBe(all.forgotten);
      expect(findings).toEqual({ [name]: all.findings[name] });
    }
    const few = await json<typeof all>("audit after --original model --only top-items,distance");
    expect(few.findings).toEqual({ "top-items": all.findings["top-items"], distance: all.findings.distance });
    const set = await json("audit after --original model --method distance --set pairs=50");
    expect(set).toMatchObject({ findings: { distance: { random: { unlearnedToOriginal: { pairs: 50 } } } } });
    const top = await json("audit after --original model --method top-items --set k=3");
    expect(top).toMatchObject({ findings: { "top-items": { k: 3 } } });
  });
});

describe("ids", () => {
  test("may have spaces, commas, quotes and any script", async () => {
    const users = ["Smith, John", "Zoë Ångström", '"Bob" the 2nd', "李小龙 😀", "007", "7", "-0", "null"];
    const items = ["Crème brûlée, large", "a::b", "мир", "1e3", "true"];
    const quoted = (id: string) => `"${id.replaceAll('"', '""')}"`;
    const lines = users.flatMap((user, u) =>
      items
        .filter((_, i) => (u + i) % 5 !== 0)
        .map((item, i) => `${quoted(user)},${quoted(item)},${1 + ((u * i) % 5)}\n`),
    );
    write("odd.csv", `user,item,rating\n${lines.join("")}`);
    await json(`train odd.csv --factors 2 --l2 1 --l2-bias 1 --out odd`);
    for (const user of ["Smith, John", "李小龙 😀", '"Bob" the 2nd'])
      expect(await json(["recommend", "odd", "--user", user])).toMatchObject({ user, items: expect.any(Array) });
    const found = await json<{ byUser: Reason[] }>(["explain", "odd", "--user", "7", "--item", "Crème brûlée, large"]);
    expect(found.byUser.length).toBeGreaterThan(3);
    for (const { user } of found.byUser) expect(users).toContain(user);
    write("leave.txt", "Smith, John\n007\n李小龙 😀\n");
    expect(await json("forget odd --users @leave.txt --exactly --out odd-after")).toMatchObject({
      users: users.length - 3,
      warnings: ['user "7" (4 interactions) looks like "007", and stays'],
    });
    const bytes = Buffer.from(wholeBytes("odd-after"), "latin1");
    expect(bytes.includes("李小龙 😀")).toBe(false);
    expect(bytes.includes("Zoë Ångström")).toBe(true);
    write("leave.csv", '"Zoë Ångström","Crème brûlée, large"\n');
    expect(await json("forget odd-after --interactions leave.csv --out odd-after")).toMatchObject({ rows: 1 });
    const { dataset } = await openModel(at("odd-after"));
    expect([...dataset.userIds.list].sort()).toEqual(
      users.filter((id) => !["Smith, John", "007", "李小龙 😀"].includes(id)).sort(),
    );
  });
});

describe("the catalogues", () => {
  test("of methods are printed, with what each asks of a model, what can be set and what it costs", async () => {
    type Listed = { readonly name: string; readonly guarantee?: string; readonly of?: string };
    const catalogue = await json<Record<string, Listed[]>>("methods");
    expect(Object.keys(catalogue)).toEqual([
      "solvers",
      "models",
      "trainers",
      "estimators",
      "valuers",
      "unlearners",
      "audits",
      "judges",
      "requests",
      "attacks",
    ]);
    for (const entries of Object.values(catalogue)) {
      expect(entries.length).toBeGreaterThan(0);
      for (const entry of entries) expect(entry).toMatchObject({ name: text, summary: text });
    }
    const known: Readonly<Record<string, Catalogue<unknown>>> = {
      ...{ estimators, unlearners, audits },
      ...{ requests: requestRules, attacks },
    };
    for (const [kind, { methods, variants }] of Object.entries(known)) {
      expect(catalogue[kind].map(({ name }) => name)).toEqual(namesOf(known[kind]));
      for (const listed of catalogue[kind]) {
        const entry = methods.find(({ name }) => name === listed.name);
        if (entry === undefined) {
          expect(listed).toEqual({ name: listed.name, summary: text, of: variants[listed.name].of });
          continue;
        }
        const { name, source, needs, settings, cost } = entry;
        expect(listed, name).toEqual({
          ...{ name, summary: text, source, needs: needs.map((need) => need.name), settings, cost },
          ...(kind === "unlearners" ? { guarantee: expect.stringMatching(/^(exact|certified|approximate)$/) } : {}),
        });
      }
    }
    const names = (kind: string) => catalogue[kind].map(({ name }) => name);
    expect(names("estimators")).toEqual(
      expect.arrayContaining(["fast-influence", "influence-function", "newton-step", "leave-one-out"]),
    );
    expect(names("unlearners")).toEqual(expect.arrayContaining(["exact", "retrain", "sif", "scif"]));
    expect(names("audits")).toEqual(expect.arrayContaining(["stationarity", "distance", "accuracy"]));
  });

  test("name estimators and unlearners that this model has what they need for, or that say what is missing", async () => {
    const asked = `explain model --user ${other} --item ${itemId(2)} -n 1`;
    const trainedOtherwise = (name: string) =>
      methodNamed(estimators, name).entry.needs.some((need) =>
        /stochastic gradient descent|ensemble of trees/.test(need.name),
      );
    const lacking = ["fast-influence-network", ...namesOf(estimators).filter(trainedOtherwise)];
    expect(lacking).toEqual(expect.arrayContaining(["tracin", "hydra", "leaf-refit", "trex"]));
    for (const name of namesOf(estimators)) {
      const ran = await lethe([...`${asked} --method ${name}`.split(" "), "--json"], { cwd });
      // A short series of drawn rows need not converge, and says so.
      if (ran.status === 1) expect([name, JSON.parse(ran.stdout).status]).toEqual(["fast-if", "step-limit"]);
      else expect(ran.status, `${name}: ${ran.stderr}`).toBe(lacking.includes(name) ? 2 : 0);
      if ((ran.status ?? 2) < 2) expect(JSON.parse(ran.stdout)).toMatchObject({ method: name });
      else expect(errorOf(ran)).toMatchObject({ code: "unsupported", message: expect.stringContaining("needs") });
    }
    const ofOthers: Readonly<Record<string, string>> = {
      ...{ sisa: "no members", receraser: "no members", ubpr: "triples", "leaf-refit": "trees" },
    };
    for (const name of namesOf(unlearners)) {
      if (name in ofOthers) {
        const ran = await lethe(
          [...`forget model --users ${forgotten} --method ${name} --out by/it`.split(" "), "--json"],
          { cwd },
        );
        expect(ran.status).toBe(2);
        expect(errorOf(ran)).toMatchObject({ code: "unsupported", message: expect.stringContaining(ofOthers[name]) });
        continue;
      }
      const report = await json(`forget model --users ${forgotten} --method ${name} --out by/${name}`);
      expect(report).toMatchObject({ method: name, interactions: rows.filter(([u]) => u !== 3).length });
    }
  });

  test("--version is the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
    expect(await lethe(["--version"], { cwd })).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("the settings", () => {
  test("of the objective are the ones that are stored", async () => {
    await json("train ratings.csv --factors 2 --l2 4 --biases none --mean 0 --regularizer interaction --out plain");
    expect(await json("info plain")).toMatchObject({
      model: { name: "mf", factors: 2, biases: false, mean: { kind: "fixed", value: 0 } },
      objective: { l2: 4, regularizer: "interaction" },
    });
    expect(await json("info model")).toMatchObject({
      model: { factors: 3, biases: true, mean: { kind: "learned" } },
      objective: { l2: 3, l2Bias: 1, regularizer: "table" },
    });
    const verified = await json("info plain --verify");
    expect(verified).toMatchObject({ agrees: true });
  });
});
