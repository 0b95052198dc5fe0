/** Honours an erasure request in a model folder: forget, replace the folder in one step, read it back and check. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exact, forgetInto, LetheError, openModel, rowsOf, trainFile } from "lethe";
import { certify, isFactorTrained } from "lethe/training";

const parent = await mkdtemp(join(tmpdir(), "lethe-example-"));
const folder = join(parent, "model");
try {
  const settings = {
    factors: 4,
    biases: true,
    mean: { kind: "learned" },
    l2: 8,
    l2Bias: 3,
    regularizer: "table",
  } as const;
  await trainFile("examples/ratings.csv", folder, { kind: "factorization", settings });

  const before = await openModel(folder);
  const request = { users: ["42", "77"] };
  const report = await forgetInto(before, rowsOf(before, request), exact(), folder);
  console.log(`${report.rows} ratings forgotten, ${report.interactions} of ${report.users} users remain`);

  // What is proved is recomputed from what was written, not taken from the report.
  const { trained, dataset } = await openModel(folder);
  if (!isFactorTrained(trained)) throw new Error("a factorization was stored, and something else read");
  const certificate = certify(trained.objective, trained.params, trained.tolerance);
  console.log(`known ids: ${request.users.filter((id) => dataset.userIds.find(id) !== undefined).length} of 2`);
  console.log(certificate.verdict);

  // Asking twice is an error with a code, not a silent success.
  try {
    rowsOf(await openModel(folder), request);
  } catch (error) {
    if (!(error instanceof LetheError)) throw error;
    console.log(`asked again: ${error.code}: ${error.message}`);
  }
} finally {
  await rm(parent, { recursive: true, force: true });
}
