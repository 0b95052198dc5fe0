/** Laws of unlearning for pairwise ranking: the step is that of the influence function, and the printed one is longer by H⁻¹λΘ. */

import { describe, expect, test } from "vitest";
import { unmetNeed } from "../../src/method/index.ts";
import { norm } from "../../src/numeric/vector.ts";
import { addPenalty } from "../../src/objective/penalty.ts";
import type { Smooth } from "../../src/training/index.ts";
import { solverAt } from "../../src/training/index.ts";
import { influenceFunctionStep, ubpr } from "../../src/unlearning/index.ts";
import { run } from "../support/run.ts";
import { expectNear } from "../support/small.ts";
import { forgetBy, smoothOf } from "../support/trained.ts";
import { early, optimum, requestsOf, subjectNamed, subjects } from "./subjects.ts";

const dense = { solver: "pseudo-inverse" };
const subject = subjectNamed("mf, bpr");

/** What a step adds to the parameters. */
async function moveBy(model: Awaited<ReturnType<typeof optimum>>, rows: Uint32Array, settings = {}, method = ubpr) {
  const { params } = smoothOf(model);
  return smoothOf((await forgetBy(method, model, rows, {}, settings)).model).params.map((x, k) => x - params[k]);
}

async function solved({ objective, params }: Smooth, side: Float64Array, damping = 0): Promise<Float64Array> {
  const solver = await solverAt(objective, params, run, { solver: "pseudo-inverse", damping });
  return (await solver.solve(side)).value;
}

/** ∇ℓ of the triples of some rows, without L2. */
function lossGradient({ objective, params }: Smooth, rows: Uint32Array): Float64Array {
  const gradient = new Float64Array(params.length);
  objective.addLoss(params, rows, gradient);
  return gradient;
}

function penaltyGradient({ objective, params }: Smooth): Float64Array {
  const gradient = new Float64Array(params.length);
  addPenalty(objective.penalty, params, gradient);
  return gradient;
}

describe.each(["mf, bpr", "light-gcn, bpr"])("%s", (name) => {
  test("corrected, it is the influence function's step, to the byte", async () => {
    const model = await optimum(subjectNamed(name));
    for (const rows of Object.values(requestsOf(subjectNamed(name), model)))
      expect(await moveBy(model, rows)).toEqual(await moveBy(model, rows, {}, influenceFunctionStep));
  });

  test("as printed, it takes the L2 away twice: the step is longer by H⁻¹λΘ", async () => {
    const model = await optimum(subjectNamed(name));
    for (const rows of Object.values(requestsOf(subjectNamed(name), model))) {
      const [right, printed] = [
        await moveBy(model, rows, dense),
        await moveBy(model, rows, { ...dense, form: "printed" }),
      ];
      const wanted = await solved(smoothOf(model), penaltyGradient(smoothOf(model)));
      expect(norm(wanted)).toBeGreaterThan(0.1);
      expectNear(
        printed.map((x, k) => x - right[k]),
        wanted,
        1e-9,
      );
    }
  });
});

test("the right-hand side is ∇ℓ of the forgotten triples alone, at an optimum or not", async () => {
  const trained = await optimum(subject);
  for (const model of [trained, early(trained)])
    for (const rows of Object.values(requestsOf(subject, model))) {
      const wanted = await solved(smoothOf(model), lossGradient(smoothOf(model), rows));
      expectNear(await moveBy(model, rows, dense), wanted, 1e-9);
    }
});

test("conjugate gradients give the dense step", async () => {
  const model = await optimum(subject);
  const { user } = requestsOf(subject, model);
  for (const form of ["corrected", "printed"])
    expectNear(await moveBy(model, user, { form }), await moveBy(model, user, { form, ...dense }), 1e-6);
});

test("damping is added to the diagonal of H, and shortens the step", async () => {
  const model = await optimum(subject);
  const { user } = requestsOf(subject, model);
  const free = await moveBy(model, user);
  for (const damping of [0.1, 10]) {
    const wanted = await solved(smoothOf(model), lossGradient(smoothOf(model), user), damping);
    for (const settings of [{ damping }, { damping, ...dense }])
      expectNear(await moveBy(model, user, settings), wanted, 1e-6);
    expect(norm(wanted)).toBeLessThan(norm(free));
  }
});

test("as printed it says what it does to the L2", async () => {
  const model = await optimum(subject);
  const { row } = requestsOf(subject, model);
  const said = async (form: string) => (await forgetBy(ubpr, model, row, {}, { form })).caveats;
  const [right, printed] = [await said("corrected"), await said("printed")];
  expect(printed.slice(0, -1)).toEqual(right);
  expect(printed.at(-1)).toMatch(/takes the L2 away/);
});

test("it needs triples, and says what a loss has instead", async () => {
  for (const other of subjects) {
    const why = unmetNeed(ubpr, await optimum(other));
    if (other.settings.loss.form === "pairwise") expect(why).toBeUndefined();
    else
      expect(why).toBe(
        `needs triples of a user, a liked item and another; the loss ${other.settings.loss.name} compares no two items`,
      );
  }
});
