/** Honours an erasure request in a model folder: forget, replace the folder in one step, read it back and check. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certify, forgetFolder, LetheError, openModel, planOf, rowsOf, runOf, trainFile } from "lethe";

const parent = await mkdtemp(join(tmpdir(), "lethe-example-"));
const folder = join(parent, "model");
try {
  const plan = planOf({ model: "mf", settings: { factors: 4 }, l2: 8, l2Bias: 3 });
  await trainFile("examples/ratings.csv", folder, plan);

  const request = { users: ["42", "77"] };
  const report = await forgetFolder(folder, folder, { ...request, method: "exact" });
  console.log(`${report.rows} ratings forgotten, ${report.interactions} of ${report.users} users remain`);

  // What is proved is recomputed from what was written, not taken from the report.
  const { trained, dataset } = await openModel(folder);
  const { verdict } = await certify(trained, runOf());
  console.log(`known ids: ${request.users.filter((id) => dataset.userIds.find(id) !== undefined).length} of 2`);
  console.log(verdict);

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
