/** Fast influence functions against the influence function: within the standard errors of the seeds, and on candidates alone. */

import { describe, expect, test } from "vitest";
import { groupPlayers, interactionPlayers, measureOf } from "../../src/method/index.ts";
import { scoreTarget } from "../../src/objective/target.ts";
import { allRows } from "../support/small.ts";
import { optimum } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";
import { ask, estimateBy } from "./asking.ts";

describe.each(["mf", "mf-squared", "mf-bpr", "gmf"] as const)("on %s", (name) => {
  test("with all candidates and long series it is Gauss-Newton influence, within three standard errors over seeds", async () => {
    const model = await optimum(name);
    const rows = allRows(model.interactions);
    const target = scoreTarget(3, 7);
    const { scores: wanted } = await ask("influence-function", model, target, rows, {
      settings: { curvature: "gauss-newton", tolerance: 1e-10 },
    });
    const measures = [measureOf(target, model.unit)];
    const settings = {
      candidates: rows.length,
      seeds: 24,
      passes: { mf: 40, "mf-squared": 100, "mf-bpr": 100, gmf: 300 }[name],
    };
    const found = await estimateBy("fast-if", model, measures, interactionPlayers(rows), { settings });
    const errors = found.standardErrors ?? new Float64Array();
    expect(errors.length).toBe(rows.length);
    const outside = rows.filter((row) => Math.abs(found.values[row] - wanted[row]) > 3 * errors[row]);
    // One in a hundred and fifty would be outside by chance, and rows of one user go together.
    expect(outside.length).toBeLessThanOrEqual(0.04 * rows.length);
    const largest = Math.max(...wanted.map(Math.abs));
    expect(Math.max(...errors)).toBeLessThan(0.2 * largest);
    expect(found.notes?.[0]).toContain("recall@10 is 1");
  });

  test("a group's standard error is that of its sum, one series has none", async () => {
    const model = await optimum(name);
    const rows = allRows(model.interactions).subarray(0, 6);
    const measures = [measureOf(scoreTarget(3, 7), model.unit)];
    const players = groupPlayers([rows, rows.subarray(0, 1)]);
    const means: number[] = [];
    for (const seeds of [1, 2]) {
      const found = await estimateBy("fast-if", model, measures, players, { settings: { seeds } });
      means.push(found.values[0]);
      const error = found.standardErrors?.[0] ?? 0;
      if (seeds === 1) expect(error).toBeNaN();
      // Of two draws a and b the mean's standard error is |a − b|/2.
      else expect(Math.abs(means[0] - means[1])).toBeCloseTo(error, 10);
    }
  });
});

test("rows that share the user or the item are candidates, then the nearest by embeddings; the others have 0 and no error", async () => {
  const model = await optimum("mf-squared");
  const { interactions } = model;
  const { params, objective } = smoothOf(model);
  const rows = allRows(interactions);
  const [user, item] = [3, 7];
  const vector = (side: "user" | "item", index: number) =>
    objective.tensors
      .filter(({ rowsOf, penalised }) => rowsOf === side && penalised === "table")
      .flatMap(({ at, rowStride, width }) => [
        ...params.subarray(at + index * rowStride, at + index * rowStride + width),
      ]);
  const apart = (a: number[], b: number[]) => a.reduce((sum, x, f) => sum + (x - b[f]) ** 2, 0);
  const distance = (row: number) => {
    const [u, i] = [interactions.users[row], interactions.items[row]];
    if (u === user || i === item) return -1;
    return apart(vector("user", u), vector("user", user)) + apart(vector("item", i), vector("item", item));
  };
  const shared = rows.filter((row) => distance(row) < 0);
  for (const candidates of [1, shared.length + 5]) {
    const nearest = [...rows].sort((a, b) => distance(a) - distance(b)).slice(0, Math.max(candidates, shared.length));
    const { values, standardErrors, notes } = await estimateBy(
      "fast-if",
      model,
      [measureOf(scoreTarget(user, item), model.unit)],
      interactionPlayers(rows),
      { settings: { candidates } },
    );
    expect([...rows.filter((row) => values[row] !== 0)]).toEqual(nearest.sort((a, b) => a - b));
    expect([...rows.filter((row) => Number.isNaN(standardErrors?.[row]))]).toEqual([
      ...rows.filter((row) => !nearest.includes(row)),
    ]);
    expect(notes?.[0]).toMatch(
      new RegExp(
        `^${nearest.length} of ${rows.length} rows are candidates, the others have 0; recall@10 is (0\\.\\d|1)$`,
      ),
    );
  }
});

test.each([1, 4])("%i series that are too short say so", async (seeds) => {
  for (const name of ["mf", "mf-bpr", "additive"] as const) {
    const model = await optimum(name);
    const found = await ask("fast-if", model, scoreTarget(3, 7), Uint32Array.of(0), {
      settings: { seeds, passes: 0.1 },
    });
    expect(found.status).toBe("step-limit");
    expect(found.residual).toBeGreaterThan(0.3);
  }
});
