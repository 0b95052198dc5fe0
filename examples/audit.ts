/** Forgets one user by two methods, and audits both beside the model that was trained again. */

import { auditModels, forgetRows, planOf, readInteractions, rowsOf, trainOn, unlearnerNamed } from "lethe";
import type { DistanceFinding, StationarityFinding } from "lethe/audit";

const { dataset } = await readInteractions("examples/ratings.csv");
const original = await trainOn(dataset, planOf({ model: "mf", settings: { factors: 4 }, l2: 8, l2Bias: 3 }));
const rows = rowsOf(original, { users: ["42"] });
const forgotten = async (name: string) =>
  (await forgetRows(original, rows, unlearnerNamed(name, original.trained))).model;

const retrained = await forgotten("retrain");
for (const name of ["exact", "sif"]) {
  const models = { original, retrained, unlearned: await forgotten(name) };
  const { findings, forgotten: gone } = await auditModels(models, { audits: ["stationarity", "distance"] });
  console.log(`${name}: ${gone} ratings are gone`);

  const { gradientNormBefore, gradientNormAfter, certificate } = findings.stationarity as StationarityFinding;
  console.log(`  ‖∇J‖ on what remains: ${power(gradientNormBefore)} before, ${power(gradientNormAfter)} after`);
  console.log(`  ${certificate.verdict}`);

  // The same question on pairs drawn at random and on those that were to be forgotten.
  for (const [pairs, { originalToRetrained, left = 0 }] of Object.entries(findings.distance as DistanceFinding))
    console.log(`  ${pairs} pairs: ${(100 * left).toPrecision(3)} % left of ${power(originalToRetrained?.rms)} (RMS)`);
}

function power(x: number | null | undefined): string {
  return x?.toExponential(1) ?? "unknown";
}
