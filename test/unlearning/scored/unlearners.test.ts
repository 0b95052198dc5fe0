/** The laws of unlearning for every unlearner of any model: on what remains, nothing claimed that is not so, nothing else touched. */

import { describe, expect, test } from "vitest";
import { sizeOf } from "../../../src/model/model.ts";
import { norm } from "../../../src/numeric/vector.ts";
import { noItem } from "../../../src/objective/negatives.ts";
import type { ScoredObjective } from "../../../src/objective/scored.ts";
import { certifyScored } from "../../../src/training/scored/certificate.ts";
import type { TrainedScored } from "../../../src/training/trained.ts";
import { scoredExact, scoredRetrain, scoredStep, unlearners } from "../../../src/unlearning/index.ts";
import type { Guarantee, ScoredUnlearner } from "../../../src/unlearning/unlearner.ts";
import { at, blockAt, hessianAt, solve } from "../../influence/scored/dense.ts";
import {
  allScores,
  type CaseName,
  caseNames,
  mild,
  objectiveOf,
  optimum,
  optimumOf,
} from "../../influence/scored/subjects.ts";
import { bytesOf } from "../../model/subject.ts";
import { left, negativesLeft } from "../../objective/cases.ts";
import { gradientOf } from "../../objective/subject.ts";
import { expectNear, rowsWhere, triplesOf } from "../../small.ts";
import { rmsBetween } from "../unlearner.contract.ts";

const guarantees: Readonly<Record<string, Guarantee>> = {
  exact: "certified",
  retrain: "exact",
  newton: "approximate",
  sif: "approximate",
};

test("no unlearner escapes", () => {
  const known = Object.keys(unlearners).filter((name) => unlearners[name].scored !== undefined);
  expect(Object.keys(guarantees).sort()).toEqual(known.sort());
});

function unlearnerOf(name: string): ScoredUnlearner {
  const made = unlearners[name].scored?.();
  if (made === undefined) throw new Error(name);
  return made;
}

/** Rows of a user, of an item, and one alone. */
function requests({ interactions }: ScoredObjective): Readonly<Record<string, Uint32Array>> {
  return {
    user: rowsWhere(interactions, ([user]) => user === 7),
    item: rowsWhere(interactions, ([, item]) => item === 6),
    row: Uint32Array.of(11),
  };
}

/** Those with a table of users. */
const tabled = caseNames.filter((name) => name !== "mult-vae");

describe.each(Object.keys(guarantees))("%s", (method) => {
  const unlearner = unlearnerOf(method);
  const known: CaseName[] = method === "sif" ? tabled : caseNames;

  test("carries the name and the guarantee under which the catalogue has it", () => {
    expect(unlearner.name).toBe(method);
    expect(unlearner.guarantee).toBe(guarantees[method]);
    expect(unlearner.summary.length).toBeGreaterThan(10);
  });

  describe.each(known)("on %s", (name) => {
    test("stands on what remains, with a certificate that can be recomputed", async () => {
      const trained = await optimum(name);
      const before = trained.params.slice();
      for (const [what, rows] of Object.entries(requests(trained.objective))) {
        const found = await unlearner.forget(trained, rows);
        const { objective, params } = found.trained;
        expect(trained.params).toEqual(before);
        expect(triplesOf(objective.interactions)).toEqual(triplesOf(left(trained.objective.interactions, rows)));
        if (trained.objective.settings.sampling)
          expect(objective.negatives).toEqual(negativesLeft(trained.objective, rows));
        expect(params.length).toBe(before.length);
        const gradient = gradientOf(objective, params);
        const { certificate } = found;
        expect(certificate).toEqual(certifyScored(objective, params, trained.tolerance));
        expect([certificate.gradientNorm, found.trained.gradientNorm]).toEqual([norm(gradient), norm(gradient)]);
        expect([certificate.objective, found.trained.value]).toEqual([
          objective.evaluate(params),
          certificate.objective,
        ]);
        expect(found.gradientNormBefore).toBe(norm(gradientOf(objective, before)));
        expect(found.gradientNormBefore).toBeGreaterThan(1e-3);
        expect(certificate.converged).toBe(norm(gradient) <= trained.tolerance);
        expect(certificate.scope).toBe(certificate.converged ? "local" : "none");
        expect(found.trained.status).toBe(certificate.converged ? "converged" : "step-limit");
        expect([certificate.dualityGap, certificate.rmsBound, certificate.sigmaRatio]).toEqual([null, null, null]);
        expect(certificate.largestRow).toBeLessThanOrEqual(certificate.gradientNorm);
        const exact = method === "exact" || method === "retrain";
        expect(certificate.converged, what).toBe(exact);
        expect(found.guarantee).toBe(guarantees[method]);
      }
    });

    test("the caveats say what becomes of a graph or input", async () => {
      const trained = await optimum(name);
      const { caveats } = await unlearner.forget(trained, Uint32Array.of(11));
      expect(caveats.some((text) => text.includes("graph"))).toBe(trained.objective.model.data !== undefined);
    });

    test("forgetting nothing changes no byte", async () => {
      const trained = await optimum(name);
      const found = await unlearner.forget(trained, new Uint32Array(0));
      expect(found.trained.status).toBe("converged");
      if (method !== "retrain") {
        expect(bytesOf(found.trained.params).equals(bytesOf(trained.params))).toBe(true);
        expect(found.guarantee).toBe("exact");
        expect(found.trained.seed).toBe(trained.seed);
      }
      expect(found.trained.objective.negatives).toEqual(trained.objective.negatives);
    });

    test("the same request gives the same bytes", async () => {
      const trained = await optimum(name);
      const { user } = requests(trained.objective);
      const [one, two] = [await unlearner.forget(trained, user), await unlearner.forget(trained, user)];
      expect(bytesOf(two.trained.params).equals(bytesOf(one.trained.params))).toBe(true);
    });
  });

  test("rows that are not there, repeated or out of order are refused", async () => {
    const trained = await optimum("mf-bpr");
    for (const rows of [Uint32Array.of(45), Uint32Array.of(4, 4), Uint32Array.of(7, 3)])
      await expect((async () => unlearner.forget(trained, rows))()).rejects.toMatchObject({ code: "bad-input" });
  });

  test("an abort is heard", async () => {
    const trained = await optimum("mf-logistic");
    const signal = AbortSignal.abort();
    await expect(unlearner.forget(trained, Uint32Array.of(3), { signal })).rejects.toMatchObject({ code: "aborted" });
  });
});

/** These end at the same scores from every seed. */
const unique: CaseName[] = ["mf-bpr", "mf-logistic", "mf-squared", "light-gcn"];

describe.each(unique)("exact and retrained %s", (name) => {
  test("score alike, from another seed", async () => {
    const trained = await optimum(name);
    for (const rows of Object.values(requests(trained.objective))) {
      const exact = await scoredExact().forget(trained, rows);
      const again = await scoredRetrain().forget(trained, rows);
      expect([exact.trained.seed, again.trained.seed]).toEqual([trained.seed, trained.seed + 1]);
      expect((await scoredRetrain().forget(trained, rows, { seed: 9 })).trained.seed).toBe(9);
      expectNear(allScores(exact.trained), allScores(again.trained), 1e-6);
      expect(rmsBetween(allScores(exact.trained), allScores(trained))).toBeGreaterThan(1e-3);
    }
  });

  test("the Newton step leaves little of the distance", async () => {
    const trained = await optimumOf(objectiveOf(name, mild(name)));
    for (const [what, rows] of Object.entries(requests(trained.objective))) {
      const wanted = allScores((await scoredExact().forget(trained, rows)).trained);
      const found = await scoredStep("newton", "", "all").forget(trained, rows);
      const before = allScores({ ...trained, objective: found.trained.objective });
      const share = rmsBetween(allScores(found.trained), wanted) / rmsBetween(before, wanted);
      expect(share, what).toBeLessThan(0.2);
      expect(found.trained.gradientNorm).toBeLessThan(found.gradientNormBefore);
    }
  });

  if (name !== "mf-squared")
    test("with honest negatives score alike too, on the negatives that training without the rows draws", async () => {
      const sampling = { perRow: 2, seed: 5, semantics: "honest" as const };
      const trained = await optimumOf(objectiveOf(name, { ...mild(name), sampling }));
      const { item } = requests(trained.objective);
      const exact = await scoredExact().forget(trained, item);
      const again = await optimumOf(
        objectiveOf(name, { ...mild(name), sampling }, left(trained.objective.interactions, item)),
        4,
      );
      expect(exact.trained.objective.negatives).toEqual(again.objective.negatives);
      expect(exact.trained.objective.negatives.includes(6)).toBe(false);
      expectNear(allScores(exact.trained), allScores(again), 1e-6);
    });
});

/** The largest entry of a user's or an item's rows. */
function sizeOfRow({ objective, params }: TrainedScored, side: "user" | "item", row: number): number {
  let most = 0;
  for (const { shape, at, rowsOf } of objective.model.tensors) {
    if (rowsOf !== side) continue;
    const width = sizeOf(shape) / shape[0];
    for (let k = at + row * width; k < at + (row + 1) * width; k++) most = Math.max(most, Math.abs(params[k]));
  }
  return most;
}

describe.each(tabled)("a whole user of %s", (name) => {
  test("takes the examples along, and leaves a row of zeros; the others' negatives stay", async () => {
    const trained = await optimum(name);
    const { user } = requests(trained.objective);
    const { trained: after } = await scoredExact().forget(trained, user);
    expect(sizeOfRow(trained, "user", 7)).toBeGreaterThan(0.1);
    expect(sizeOfRow(after, "user", 7)).toBeLessThanOrEqual(1e-9);
    const { pairs } = after.objective.examplesOf(after.objective.units);
    expect(pairs.users.includes(7)).toBe(false);
  });
});

test.each(["mf-bpr", "mf-logistic", "light-gcn"] as const)(
  "an item of %s that others drew keeps its row; one that nobody drew ends at zero",
  async (name) => {
    const trained = await optimum(name);
    const { interactions } = trained.objective;
    for (const item of [6, 8]) {
      const rows = rowsWhere(interactions, ([, i]) => i === item);
      const { trained: after } = await scoredExact().forget(trained, rows);
      expect(after.objective.negatives.includes(item)).toBe(true);
      expect(sizeOfRow(after, "item", item)).toBeGreaterThan(0.01);
      const drew = rowsWhere(interactions, ([, i], row) => {
        const drawn = trained.objective.negatives.subarray(2 * row, 2 * row + 2);
        return i === item || drawn.includes(item);
      });
      const { trained: clean } = await scoredExact().forget(trained, drew);
      expect(clean.objective.negatives.includes(item)).toBe(false);
      expect(sizeOfRow(clean, "item", item)).toBeLessThanOrEqual(1e-9);
    }
    expect([...trained.objective.negatives].every((item) => item < 10 || item === noItem)).toBe(true);
  },
);

/** The places of users' rows in the parameters. */
function placesOf({ model }: ScoredObjective, users: ReadonlySet<number>): number[] {
  return model.tensors.flatMap(({ shape, at: from, rowsOf }) => {
    const width = sizeOf(shape) / shape[0];
    const places = Array.from({ length: sizeOf(shape) }, (_, k) => k);
    return rowsOf === "user" ? places.filter((k) => users.has(Math.floor(k / width))).map((k) => from + k) : [];
  });
}

describe.each(tabled)("sif on %s", (name) => {
  test("is a Newton step of the rows of those who lost something, and moves nothing else", async () => {
    const trained = await optimum(name);
    const { interactions } = trained.objective;
    const rows = Uint32Array.of(2, 11, 30);
    const places = placesOf(trained.objective, new Set(Array.from(rows, (row) => interactions.users[row])));
    const found = await scoredStep("sif", "", "users").forget(trained, rows);
    const retain = trained.objective.without(rows);
    const block = blockAt(hessianAt(retain, trained.params), trained.params.length, places);
    const step = solve(block, at(gradientOf(retain, trained.params), places));
    expect(norm(step)).toBeGreaterThan(0.01);
    const wanted = trained.params.slice();
    places.forEach((place, k) => {
      wanted[place] -= step[k];
    });
    expectNear(found.trained.params, wanted, 1e-5);
    trained.params.forEach((x, place) => {
      if (!places.includes(place)) expect(found.trained.params[place]).toBe(x);
    });
    expect(found.caveats).toContain("items keep the trace of the forgotten interactions");
  });

  test("a user who lost everything ends at zero, and the others stay", async () => {
    const trained = await optimum(name);
    const { user } = requests(trained.objective);
    const found = await scoredStep("sif", "", "users").forget(trained, user);
    // In a local model nothing but the L2 is left of the user's block.
    if (trained.objective.model.local) expect(sizeOfRow(found.trained, "user", 7)).toBeLessThanOrEqual(1e-6);
    expect(sizeOfRow(found.trained, "user", 3)).toBe(sizeOfRow(trained, "user", 3));
  });
});

test("where users have no table, sif moves no parameter, and says so", async () => {
  const trained = await optimum("mult-vae");
  const found = await scoredStep("sif", "", "users").forget(trained, Uint32Array.of(3));
  expect(found.trained.params).toEqual(trained.params);
  expect(found.guarantee).toBe("approximate");
  expect(found.caveats.some((text) => text.includes("no rows of users"))).toBe(true);
  // The input has changed, and with it the user's scores alone.
  const user = trained.objective.interactions.users[3];
  const [before, after] = [allScores(trained), allScores(found.trained)];
  before.forEach((x, n) => {
    if (Math.floor(n / 10) !== user) expect(after[n]).toBe(x);
  });
  expect(after).not.toEqual(before);
});

test("an edge of light-gcn is gone from the graph of the result", async () => {
  const trained = await optimum("light-gcn");
  const { interactions, settings } = trained.objective;
  const rows = Uint32Array.of(11);
  for (const method of Object.keys(guarantees)) {
    const { trained: after } = await unlearnerOf(method).forget(trained, rows);
    const fresh = settings.kind.build(settings.model, left(interactions, rows));
    const cells = Uint32Array.from({ length: 120 }, (_, n) => n);
    const pairs = { users: cells.map((n) => Math.floor(n / 10)), items: cells.map((n) => n % 10) };
    expect(allScores(after)).toEqual(fresh.at(after.params, pairs).scores);
    expect(allScores(after)).not.toEqual(trained.objective.model.at(after.params, pairs).scores);
  }
});
