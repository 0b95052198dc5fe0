/** The law of what remains: the folder after forgetting is the folder trained on the rest, whatever the order of the file. */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { randomOf } from "../../src/numeric/random.ts";
import { sandbox } from "../support/sandbox.ts";
import { expectNear, shuffle, type Triple, tastes, triplesOf } from "../support/small.ts";
import { likes } from "../support/subjects.ts";

const { at, write, json } = sandbox();

interface Manifest {
  readonly files: Record<string, { readonly bytes: number; readonly sha256: string }>;
  readonly result: Record<string, unknown>;
  readonly forgotten?: unknown;
  readonly sha256: string;
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(at(`${folder}/model.json`), "utf8")) as Manifest;
const csvOf = (rows: readonly Triple[]) =>
  `user,item,rating\n${rows.map(([u, i, r]) => `p${(u * 7919) % 1000},t${(i * 104729) % 1000},${r}\n`).join("")}`;
const idOf = (user: number) => `p${(user * 7919) % 1000}`;

/** Trains on all rows in an order of their own, forgets, and trains on the rest. */
async function bothWays(
  name: string,
  rows: readonly Triple[],
  gone: (row: Triple) => boolean,
  flags: string,
  how: string,
) {
  const ordered = Array.from(shuffle(rows.length, name.length + rows.length), (k) => rows[k]);
  write(`${name}.csv`, csvOf(ordered));
  write(`${name}-rest.csv`, csvOf(ordered.filter((row) => !gone(row))));
  const request = [...new Set(rows.filter(gone).map(([user]) => idOf(user)))].join(",");
  await json(`train ${name}.csv ${flags} --out ${name}-all`);
  await json(`train ${name}-rest.csv ${flags} --out ${name}-rest`);
  await json(`forget ${name}-all --users ${request}${how} --out ${name}-left`);
  return { left: `${name}-left`, rest: `${name}-rest` };
}

/** Same files of the same sizes; same bytes where they hold no parameters; the same manifest but for digests, figures and the forgettings. */
function expectSame(
  { left, rest }: { readonly left: string; readonly rest: string },
  isParameter: (file: string) => boolean,
): void {
  expect(readdirSync(at(left)).sort()).toEqual(readdirSync(at(rest)).sort());
  for (const file of readdirSync(at(rest))) {
    if (file === "model.json") continue;
    if (isParameter(file))
      expect(statSync(at(`${left}/${file}`)).size, file).toBe(statSync(at(`${rest}/${file}`)).size);
    else expect(readFileSync(at(`${left}/${file}`), "hex"), file).toBe(readFileSync(at(`${rest}/${file}`), "hex"));
  }
  const [a, b] = [manifestOf(left), manifestOf(rest)].map(({ files, result, forgotten: _, sha256: __, ...said }) => ({
    said,
    files: Object.entries(files).map(([file, { bytes }]) => [file, bytes]),
    status: result.status,
  }));
  expect(a).toEqual(b);
}

const noise = (seed: number) => randomOf(seed, "who goes");

describe.each([
  ["mf", "--factors 3 --l2 7 --l2-bias 2", tastes],
  ["ials", "--model ials --factors 2 --l2 15", tastes],
] as const)("%s", (name, flags, set) => {
  test.each(Array.from({ length: 20 }, (_, k) => [k]))("order %i", async (k) => {
    const all = triplesOf(set());
    const rows = Array.from(shuffle(all.length, k), (row) => all[row]);
    const random = noise(k);
    const goes = new Set([random.integer(30), random.integer(30)]);
    const found = await bothWays(`${name}-${k}`, rows, ([user]) => goes.has(user), `${flags} --threads 1`, "");
    expectSame(found, (file) => !["users.parquet", "items.parquet", "interactions.parquet"].includes(file));
    write(
      `${name}-pairs.csv`,
      csvOf(all.filter(([user]) => !goes.has(user)))
        .replace("user,item,rating\n", "")
        .replace(/,[^,\n]*$/gm, ""),
    );
    const [a, b] = [
      await json<{ scores: number[] }>(`predict ${found.left} --pairs ${name}-pairs.csv`),
      await json<{ scores: number[] }>(`predict ${found.rest} --pairs ${name}-pairs.csv`),
    ];
    expectNear(a.scores, b.scores, 1e-6);
  });
});

const recipe = "--epochs 3 --batch 16 --learning-rate 0.02 --threads 1";
describe.each([
  ["bpr", `--model mf --loss bpr --factors 3 --l2 0.1 --negatives 2 --honest ${recipe}`],
  ["neumf", `--model neumf --factors 2 --set layers=4,2 --l2 0.1 --negatives 2 --honest ${recipe}`],
  ["light-gcn", `--model light-gcn --factors 3 --l2 0.1 --negatives 2 --honest ${recipe}`],
  ["mult-vae", `--model mult-vae --set hidden=5 --set latent=2 --l2 0.1 ${recipe}`],
])("%s, trained again by batches", (name, flags) => {
  test.each([[0], [1], [2]])("order %i: the same bytes", async (k) => {
    // The last row repeats a pair, which training would tell of.
    const all = triplesOf(likes()).slice(0, -1);
    const rows = Array.from(shuffle(all.length, k + 40), (row) => all[row]);
    const user = [0, 3, 7][k];
    const found = await bothWays(`${name}-${k}`, rows, (row) => row[0] === user, flags, " --method retrain --seed 1");
    expectSame(found, () => false);
    expect(isDeepStrictEqual(manifestOf(found.left).files, manifestOf(found.rest).files)).toBe(true);
  });
});
