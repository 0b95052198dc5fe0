/** Laws of what audits show: every number of a finding is there, verdicts follow the certificate, and every renderer draws it. */

import { beforeAll, describe, expect, test } from "vitest";
import { type AuditedModel, audits, missingPairs, randomPairs, stationarity } from "../../src/audit/index.ts";
import {
  type Bars,
  openDrawing,
  type Part,
  partLines,
  partMarkdown,
  tabular,
  type Verdict,
} from "../../src/report/index.ts";
import { train } from "../../src/training/index.ts";
import { exact, retrain, sif } from "../../src/unlearning/index.ts";
import { run } from "../support/run.ts";
import { kernels, normals, objectiveOn, rowsWhere, tastes } from "../support/small.ts";
import { forgetBy, modelFrom } from "../support/trained.ts";
import { named, quick, subjectOf } from "./subjects.ts";

let original: AuditedModel;
let models: Record<"exact" | "retrain" | "sif", AuditedModel>;
beforeAll(async () => {
  const objective = objectiveOn(tastes());
  const rows = rowsWhere(objective.interactions, ([user], row) => user === 6 || row % 17 === 0);
  const model = modelFrom(await train(objective, { kernels }));
  original = named(model);
  const forget = async (method: typeof exact) => named((await forgetBy(method, model, rows)).model);
  models = { exact: await forget(exact), retrain: await forget(retrain), sif: await forget(sif) };
});

const subject = (unlearned: AuditedModel, retrained?: AuditedModel) =>
  subjectOf(original, unlearned, {
    retrained,
    forgotten: missingPairs(original, unlearned),
    test: { ...randomPairs(original, 40, 9), ratings: normals(40, 3) },
  });

/** Numbers of a finding; those of the certificate that only say what was asked for are told by its verdict. */
function numbersIn(finding: unknown, key = ""): number[] {
  if (typeof finding === "number") return key === "largestRow" ? [] : [finding];
  if (finding === null || typeof finding !== "object") return [];
  return Object.entries(finding).flatMap(([name, value]) => numbersIn(value, name));
}

const numbersShown = (parts: readonly Part[]) =>
  parts.flatMap((part) => [
    ...tabular(part).rows.flat(),
    ...(part.kind === "bars" ? ([part.title, part.measure].join(" ").match(/\d+/g)?.map(Number) ?? []) : []),
  ]);

/** Audits whose finding is small enough to be shown as it is. */
const wholly = ["stationarity", "distance", "parameters", "top-items", "accuracy"];

describe.each(audits.methods.map((method) => [method.name, method] as const))("%s", (_, method) => {
  const audit = method.make(quick(method));

  test.each([true, false])("shows what it finds (retrained model: %s)", async (compared) => {
    const finding = await audit.run(subject(models.sif, compared ? models.retrain : undefined), run);
    const parts = audit.parts?.(finding) ?? [];
    expect(parts.length).toBeGreaterThan(0);
    const [found, shown] = [numbersIn(finding), numbersShown(parts)];
    // Attacks and maps find hundreds of numbers, and show shares and curves of them.
    if (wholly.includes(method.name)) for (const number of found) expect(shown).toContain(number);
    else expect(found.some((number) => shown.includes(number))).toBe(true);
  });

  test("is drawn by everything that draws", async () => {
    const drawing = await openDrawing();
    const finding = await audit.run(subject(models.exact, models.retrain), run);
    for (const part of audit.parts?.(finding) ?? []) {
      expect(part.title).toMatch(/\S/);
      for (const drawn of [partLines(part).join("\n"), partMarkdown(part), drawing.svg(part)])
        expect(drawn).not.toMatch(/NaN|undefined|\[object|nothing to show/);
    }
  });

  test("shows nothing where it finds nothing", async () => {
    if (method.name === "accuracy" || method.name === "parameters") expect(audit.parts?.(null as never)).toEqual([]);
  });
});

describe("stationarity", () => {
  const outcomeOf = async (model: AuditedModel) => {
    const audit = stationarity.make({});
    const finding = await audit.run(subject(model), run);
    const verdict = audit.parts?.(finding).find((part): part is Verdict => part.kind === "verdict");
    expect(verdict?.text).toBe(finding.certificate.verdict);
    return verdict?.outcome;
  };

  test("is good news at an optimum, bad news beside one, and open where nothing can be said", async () => {
    expect(await outcomeOf(models.exact)).toBe("good");
    expect(await outcomeOf(models.sif)).toBe("bad");
    const { smooth: _, ...scoresAlone } = original.trained;
    expect(await outcomeOf({ ...original, trained: scoresAlone })).toBe("open");
  });
});

test("distance draws what is left where there is a model to compare with, and not elsewhere", async () => {
  const audit = audits.methods.find(({ name }) => name === "distance")?.make({});
  const barsOf = async (retrained?: AuditedModel) =>
    audit
      ?.parts?.(await audit.run(subject(models.sif, retrained), run))
      .filter((part): part is Bars => part.kind === "bars");
  expect(await barsOf()).toEqual([]);
  expect((await barsOf(models.retrain))?.[0].bars.map(({ label }) => label)).toEqual([
    "random pairs",
    "forgotten pairs",
    "test pairs",
  ]);
});
