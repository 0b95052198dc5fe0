/** What is said of an imported model: usual where ALS trained it as declared, suspicious where the loss, λ, α or the regularizer is another. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { writeForeign } from "../../src/exchange/foreign/index.ts";
import { type FactorizationSettings, factorization } from "../../src/objective/factorization.ts";
import { indexKeys } from "../../src/objective/negatives.ts";
import { type ImportReport, importModel } from "../../src/study/cases/import.ts";
import type { Declared } from "../../src/study/choosing/declared.ts";
import { randomStart } from "../../src/training/factors/als-newton.ts";
import { alternate } from "../../src/training/factors/alternating.ts";
import { descend } from "../../src/training/factors/reoptimise.ts";
import { scratch } from "../support/lethe.ts";
import { kernels } from "../support/small.ts";

const folder = scratch()();
const at = (name: string) => join(folder, name);
const data = plantedFactors({ users: 60, items: 30, ratings: 600, factors: 3, seed: 5 }).interactions;

const rows = Array.from(data.ratings, (r, k) => `${data.users[k]},${data.items[k]},${r}\n`).join("");
const squared = (l2: number, regularizer: "table" | "interaction"): FactorizationSettings => ({
  ...{ factors: 4, biases: false, mean: { kind: "fixed", value: 0 }, l2, l2Bias: l2, regularizer },
});

const models = {
  ials: {
    trained: { ...squared(3, "table"), confidence: { base: 1, alpha: 2 } },
    said: { loss: "ials", l2: 3, alpha: 2 },
  },
  mf: { trained: squared(0.2, "interaction"), said: { loss: "mf", l2: 0.2, regularizer: "interaction" } },
} as const satisfies Record<string, { trained: FactorizationSettings; said: Declared }>;

beforeAll(async () => {
  writeFileSync(at("rows.csv"), `user,item,rating\n${rows}`);
  for (const [name, { trained }] of Object.entries(models))
    for (const sweeps of [4, 15, 400]) {
      const objective = factorization(trained, data);
      const params = randomStart(objective, 2, indexKeys(data).items);
      await descend(objective, { kernels }, async ({ session, ...descent }) => {
        session.setPoint(params);
        await alternate({ session, ...descent }, sweeps);
        session.getPoint(params);
      });
      const table = (from: number, to: number) => params.slice(4 * from, 4 * to);
      const model = {
        factors: 4,
        userFactors: table(0, 60),
        itemFactors: table(60, 90),
        precision: "float32",
      } as const;
      await writeForeign(
        at(`${name}-${sweeps}`),
        "safetensors",
        { ...model, stated: { iterations: sweeps } },
        { precision: "float32" },
      );
    }
});

const imported = (name: string, said: Declared): Promise<ImportReport> =>
  importModel({ path: at(name), interactions: at("rows.csv"), ...said }, at("model"));

describe.each(["ials", "mf"] as const)("%s", (name) => {
  const { said } = models[name];

  test("is good near the optimum, and usual for its sweeps before", async () => {
    expect((await imported(`${name}-400`, said)).verdict.kind).toBe("good");
    for (const sweeps of [4, 15]) {
      const { verdict, shortfall } = await imported(`${name}-${sweeps}`, said);
      expect(verdict).toEqual({
        kind: "usual",
        reason: expect.stringMatching(`^for ${sweeps} sweeps of .*the item rows`),
      });
      expect(shortfall.ownOptima.items).toBeLessThan(1e-6);
      expect(shortfall.ownOptima.users).toBeGreaterThan(1e-4);
    }
  });

  const otherRegularizer = { regularizer: name === "mf" ? "table" : "interaction" } as const;
  const wrongs: readonly Declared[] = [
    { l2: said.l2 * 2 },
    { l2: said.l2 / 4 },
    otherRegularizer,
    { ...otherRegularizer, l2: said.l2 * 3 },
    ...(name === "ials" ? [{ alpha: 1 }, { alpha: 8, l2: said.l2 * 2 }] : []),
  ];

  test.each(wrongs)(
    "under %j it is suspicious, and the settings that are named are those of its training",
    async (wrong) => {
      for (const sweeps of [4, 15]) {
        const { verdict, shortfall } = await imported(`${name}-${sweeps}`, { ...said, ...wrong });
        expect(verdict).toEqual({
          kind: "suspicious",
          reason: expect.stringMatching(/^wrong loss or λ\? The item rows/),
        });
        const { fits } = shortfall.ownOptima;
        expect(fits).toMatchObject({ side: "item", regularizer: models[name].trained.regularizer });
        expect(fits?.l2).toBeCloseTo(said.l2, 3);
        if ("alpha" in said) expect(fits?.alpha).toBeCloseTo(said.alpha, 3);
        // The remedy works.
        const again: Declared = {
          ...said,
          ...{ l2: fits?.l2, regularizer: fits?.regularizer },
          ...(name === "ials" ? { alpha: fits?.alpha ?? undefined } : {}),
        };
        expect((await imported(`${name}-${sweeps}`, again)).verdict.kind).toBe("usual");
      }
    },
  );

  test("under the other loss it is suspicious, and nothing is named", async () => {
    const other: Declared = name === "ials" ? { loss: "mf", l2: 3 } : { loss: "ials", l2: 0.2 };
    const { verdict } = await imported(`${name}-15`, other);
    expect(verdict).toEqual({
      kind: "suspicious",
      reason: expect.stringMatching(/Neither user rows .* nor item rows/),
    });
  });
});
