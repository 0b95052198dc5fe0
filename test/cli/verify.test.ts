/** `lethe info --verify` on a folder that claims what is not so, under digests that fit. */

import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import type { Manifest } from "../../src/exchange/index.ts";
import { sealManifest } from "../../src/exchange/model/manifest.ts";
import { expectReadable, sandbox, tinyCsv, tinyUserIds } from "../support/sandbox.ts";

const { at, run, write, json } = sandbox();

beforeAll(async () => {
  write("ratings.csv", tinyCsv);
  await json("train ratings.csv --out model --factors 2 --l2 2 --l2-bias 2");
  await json(`forget model --users ${tinyUserIds[3]} --out model`);
});

/** The folder with another certificate; the original is put back by the next call. */
const original = { text: "" };
function claim(over: Readonly<Record<string, number | string | boolean | null>>): Manifest {
  original.text ||= readFileSync(at("model/model.json"), "utf8");
  const { sha256: _, ...manifest } = JSON.parse(original.text);
  Object.assign(manifest.forgotten[0].certificate, over);
  write("model/model.json", sealManifest(manifest));
  return manifest;
}

test("the true one agrees, names what cannot be verified, and says so in text", async () => {
  claim({});
  const told = await json<{ differs: unknown[]; notVerifiable: string[]; agrees: boolean }>("info model --verify");
  expect(told).toMatchObject({ agrees: true, differs: [] });
  expect(told.notVerifiable).toEqual([
    "lethe",
    "training.trainer",
    "training.seed",
    "training.relativeTolerance",
    "forgotten.method",
    "forgotten.guarantee",
    "forgotten.requests",
    "forgotten.rows",
  ]);
  const ran = await run("info model --verify");
  expectReadable(ran);
  expect(ran).toMatchObject({ status: 0, stderr: "", stdout: expect.stringContaining("not verifiable: lethe,") });
});

test.each([
  ["kind", "global"],
  ["scope", "global"],
  ["dualityGap", 0],
  ["rmsBound", 1e-9],
  ["rmsBound", null],
  ["gradientNorm", 1e-15],
  ["largestRow", 1],
  ["objective", 1],
  ["sigmaRatio", 1],
  ["converged", false],
  ["tolerance", 1],
  ["verdict", "global: any retraining to the optimum predicts the same"],
])("a forged %s of %s differs, and the exit status is 1", async (name, lie) => {
  const truth = claim({}).forgotten?.[0].certificate?.[name];
  if (truth === lie) return;
  claim({ [name]: lie });
  const figure = `forgotten.0.certificate.${name}`;
  const told = await json<{ differs: { figure: string }[] }>("info model --verify", 1);
  expect(told).toMatchObject({ agrees: false });
  const differs = told.differs.find((one) => one.figure === figure);
  expect(differs).toMatchObject({ stored: lie });
  expect(Object.keys(differs ?? {})).toEqual(["figure", "stored", "found"]);
  const ran = await run("info model --verify");
  expect(ran.status).toBe(1);
  expectReadable(ran);
  expect(ran.stdout).toMatch(/^NOT what the manifest says/m);
  expect(ran.stdout.replace(/\s+/g, " ")).toContain(`${figure}: the manifest says ${lie === null ? "none" : lie}`);
});

test("what an import says of its factors is what is stored, without rows that have no interaction", async () => {
  await json("train ratings.csv --out whole --factors 2 --l2 2 --l2-bias 2");
  await json("export whole --format csv --out tables");
  const some = tinyCsv.split("\n").filter((line) => !line.startsWith(`${tinyUserIds[3]},`));
  write("some.csv", some.join("\n"));
  const told = await json<{ objective: number; shortfall: { gradientNorm: number } }>(
    "import tables --interactions some.csv --loss mf --l2 2 --out imported",
  );
  expect(told).toMatchObject({ withoutData: { users: 1, items: 0 } });
  const { agrees, differs, certificate } = await json<Record<"agrees" | "differs", unknown> & { certificate: unknown }>(
    "info imported --verify",
    1,
  );
  expect({ agrees, differs }).toEqual({ agrees: true, differs: [] });
  expect(certificate).toMatchObject({ objective: expect.closeTo(told.objective, 9), converged: false });
});
