/** What `verify` says of a folder: the true one agrees, and every figure that is forged differs, is refused, or is named as not verifiable. */

import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { type Manifest, readManifest } from "../../src/exchange/index.ts";
import { sealManifest, unsealManifest } from "../../src/exchange/model/manifest.ts";
import { referenceKernels } from "../../src/kernel/reference.ts";
import { forgetFolder } from "../../src/study/cases/forget.ts";
import { trainOn } from "../../src/study/cases/train.ts";
import { type Verified, verify } from "../../src/study/cases/verify.ts";
import { planOf, type TrainWishes } from "../../src/study/choosing/plan.ts";
import { openModel, storeModel } from "../../src/study/store/model.ts";
import { folders } from "../support/folders.ts";
import { runWith } from "../support/run.ts";

const newFolder = folders();
const reference = runWith({ factors: referenceKernels() });
const set = plantedFactors({ users: 14, items: 11, ratings: 90, factors: 2, seed: 5 });
const batches = { epochs: 3, learningRate: 0.02, batch: 32 };

interface Subject {
  readonly wishes: TrainWishes;
  readonly method?: string;
  readonly curvature?: boolean;
  readonly tolerance?: number;
}

const mf: TrainWishes = { model: "mf", settings: { factors: 2 }, l2: 2, l2Bias: 2 };
const gmf: TrainWishes = { model: "gmf", settings: { factors: 2 }, l2: 0.5, recipe: batches };
const likeUsers = { shards: 2, partition: "user-similarity", aggregate: "attention" } as const;
const subjects: Readonly<Record<string, Subject>> = {
  "a factorization": { wishes: mf },
  "a factorization that forgot": { wishes: mf, method: "exact" },
  "a factorization that forgot, with its curvature": { wishes: mf, method: "exact", curvature: true },
  "a factorization under interaction L2, with its curvature": {
    wishes: { ...mf, l2: 0.5, l2Bias: 0.5, regularizer: "interaction" },
    method: "exact",
    curvature: true,
  },
  "a factorization with a global optimum": { wishes: { ...mf, settings: { factors: 6 } }, method: "exact" },
  "a factorization that forgot by a step": { wishes: mf, method: "newton" },
  "implicit feedback": { wishes: { model: "ials", settings: { factors: 2 }, l2: 3 }, method: "exact" },
  "a network by batches": { wishes: gmf },
  "a network by batches, trained again": { wishes: gmf, method: "retrain" },
  "a network at an optimum": { wishes: { ...gmf, recipe: { ...batches, polish: true } }, method: "exact" },
  "members in shards": { wishes: { ...gmf, sharding: { shards: 2 } }, method: "exact" },
  "members in slices": { wishes: { ...gmf, sharding: { shards: 2, slices: 2 } }, method: "sisa" },
  "members of like users": {
    wishes: { ...mf, loss: "bpr", l2Bias: undefined, recipe: batches, sharding: likeUsers },
    method: "receraser",
  },
};

async function made({ wishes, method, curvature, tolerance }: Subject): Promise<string> {
  const folder = join(await newFolder(), "model");
  await storeModel(folder, await trainOn(set, planOf(wishes)));
  if (method === undefined) return folder;
  // A person alone leaves the items as they are.
  const items = curvature ? [] : [set.itemIds.list[2]];
  const request = { users: [set.userIds.list[3]], items, method };
  await forgetFolder(folder, folder, request, { curvature, tolerance });
  return folder;
}

async function verified(folder: string): Promise<Verified> {
  return verify((await openModel(folder, reference)).trained, await readManifest(folder), reference);
}

type Path = readonly (string | number)[];

/** Paths of everything in a value that holds nothing itself. */
function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value);
}

/** The text of a manifest that tells a lie under a seal that fits. */
function forged(manifest: Manifest, path: Path, lie: unknown): string {
  const copy = structuredClone(manifest);
  const parent = at(copy, path.slice(0, -1)) as Record<string, unknown>;
  if (lie === undefined) delete parent[path[path.length - 1]];
  else parent[path[path.length - 1]] = lie;
  return sealManifest(copy);
}

/** Something else than what is stored, of the same kind. */
function liesOf(value: unknown, name: string): unknown[] {
  if (typeof value === "boolean") return [!value];
  if (value === null) return [0, 0.5];
  if (typeof value === "string") {
    const words = ["global", "local", "none", "stationary", "by-construction", "converged", "step-limit", "certified"];
    return [...words.filter((word) => word !== value), `${value}.`];
  }
  const number = value as number;
  if (Number.isInteger(number)) return [number + 1];
  // Rounding is the whole of a gradient that vanishes.
  if (/gradientNorm|largestRow|localDistance/.test(name)) return [number * 10 + 1e-10, 0.3];
  // Where the gap is the rounding of J, its root may be larger or smaller by as much again.
  if (name === "dualityGap" || name === "rmsBound") return [number * 1.5 + 1e-7, number * 0.5 - 1e-7, number + 1];
  return [number * (name === "curvature" ? 1.01 : 1.0001)];
}

describe.each(Object.keys(subjects))("%s", (name) => {
  let folder: string;
  let manifest: Manifest;

  beforeAll(async () => {
    folder = await made(subjects[name]);
    manifest = await readManifest(folder);
  });

  test("agrees as it was written, by other kernels", async () => {
    const { agrees, differs, notVerifiable, certificate } = await verified(folder);
    expect({ agrees, differs }).toEqual({ agrees: true, differs: [] });
    expect(certificate.converged).toBe(manifest.result.status === "converged" || name.startsWith("members"));
    for (const path of notVerifiable)
      expect(path.startsWith("forgotten.") || at(manifest, path.split(".")) !== undefined).toBe(true);
  });

  test("differs, is refused or is named, whatever leaf is forged", async () => {
    const copy = join(await newFolder(), "model");
    await cp(folder, copy, { recursive: true });
    const { trained } = await openModel(folder, reference);
    const last = (manifest.forgotten?.length ?? 0) - 1;
    // What the model and its objective are is what figures are computed of, and no figure.
    for (const path of leavesOf(manifest).filter(([first]) => first !== "model" && first !== "objective")) {
      const place = path.join(".");
      for (const lie of liesOf(at(manifest, path), String(path.at(-1)))) {
        const lying = async () => {
          const text = forged(manifest, path, lie);
          // The model itself does not depend on these.
          if (path[0] === "result" || path[0] === "forgotten")
            return verify(trained, unsealManifest(text, "there"), reference);
          await writeFile(join(copy, "model.json"), text);
          return verified(copy);
        };
        const found = await lying().catch((error) => error);
        const what = `${place}: ${String(lie)}`;
        if (found.code !== undefined) {
          expect(["bad-model", "bad-input"], what).toContain(found.code);
          continue;
        }
        const named = found.notVerifiable.some((one: string) => {
          const all = one.startsWith("forgotten.") ? place.replace(/^forgotten\.\d+/, "forgotten") : place;
          return all === one || all.startsWith(`${one}.`);
        });
        if (named) continue;
        expect(found.agrees, what).toBe(false);
        if (/^(result|forgotten|training\.sharding\.ends)/.test(place))
          expect(
            found.differs.map(({ figure }: { figure: string }) => figure),
            what,
          ).toContain(place);
        if (place.startsWith(`forgotten.${last}.certificate`))
          expect(
            found.differs.find(({ figure }: { figure: string }) => figure === place),
            what,
          ).toMatchObject({ stored: lie });
      }
    }
  });
});

test("a figure that is missing, and one that nobody knows, differ", async () => {
  const folder = await made({ wishes: mf, method: "exact" });
  const manifest = await readManifest(folder);
  const place = ["forgotten", 0, "certificate"];
  for (const [key, lie, stored] of [
    ["dualityGap", undefined, null],
    ["verdict", undefined, null],
    ["audited", true, true],
  ]) {
    await writeFile(join(folder, "model.json"), forged(manifest, [...place, String(key)], lie));
    const { differs } = await verified(folder);
    expect(differs).toEqual([expect.objectContaining({ figure: `forgotten.0.certificate.${key}`, stored })]);
  }
});

test("a forged number does not bear out the words that follow from it", async () => {
  const folder = await made({ wishes: mf, method: "exact" });
  const manifest = await readManifest(folder);
  const certificate = manifest.forgotten?.[0].certificate ?? {};
  expect(certificate.scope).toBe("local");
  const lie = { ...certificate, rmsBound: 1e-9, scope: "global", kind: "global" };
  await writeFile(join(folder, "model.json"), forged(manifest, ["forgotten", 0, "certificate"], lie));
  expect((await verified(folder)).differs.map(({ figure }) => figure)).toEqual(
    ["rmsBound", "kind", "scope"].map((name) => `forgotten.0.certificate.${name}`),
  );
});

test("a guarantee is not certified where the certificate found is not", async () => {
  const folder = await made({ wishes: mf, method: "exact", tolerance: 1e-300 });
  const manifest = await readManifest(folder);
  expect(manifest.forgotten?.[0].guarantee).toBe("approximate");
  await writeFile(join(folder, "model.json"), forged(manifest, ["forgotten", 0, "guarantee"], "certified"));
  expect((await verified(folder)).differs).toEqual([
    { figure: "forgotten.0.guarantee", stored: "certified", found: "approximate" },
  ]);
});

test("a row in another member's shard differs", async () => {
  const folder = await made({ wishes: { ...gmf, sharding: { shards: 2 } } });
  const manifest = await readManifest(folder);
  await writeFile(join(folder, "model.json"), forged(manifest, ["training", "sharding", "seed"], 7));
  const { differs } = await verified(folder);
  expect(differs).toEqual([
    { figure: "training.sharding", stored: expect.stringMatching(/rows elsewhere/), found: "none" },
  ]);
  expect(await readFile(join(folder, "model.json"), "utf8")).toContain('"seed": 7');
});

test("a row apart from its kind differs, where shards were learned", async () => {
  for (const partition of ["user-similarity", "item-similarity"] as const) {
    const folder = await made({ wishes: { ...gmf, sharding: { shards: 2, partition, aggregate: "mean" } } });
    const { trained } = await openModel(folder, reference);
    const manifest = await readManifest(folder);
    expect((await verified(folder)).differs).toEqual([]);
    // The last row of the first member is told to be the second's.
    const [first, second] = trained.shards ?? [];
    const moved = [
      { ...first, rows: first.rows.slice(0, -1) },
      { ...second, rows: Uint32Array.from([...second.rows, first.rows[first.rows.length - 1]]).sort() },
    ];
    const { differs } = await verify({ ...trained, shards: moved }, manifest, reference);
    expect(differs).toContainEqual({ figure: "training.sharding", stored: "1 rows elsewhere", found: "none" });
  }
});
