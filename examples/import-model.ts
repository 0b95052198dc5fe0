/** Takes a factor model to another program's format and back, and measures how far it then is from its optimum. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportModel, importModel, planOf, readInteractions, trainOn } from "lethe";

const interactions = "examples/ratings.csv";
const folder = await mkdtemp(join(tmpdir(), "lethe-example-"));
try {
  const { dataset } = await readInteractions(interactions);
  const settings = { factors: 4, biases: false, mean: 3.5 } as const;
  const model = await trainOn(dataset, planOf({ model: "mf", settings, l2: 8 }));

  const path = join(folder, "tables");
  const written = await exportModel(model, "csv", path);
  console.log(`${written.factors} factors of ${written.users} users and ${written.items} items as CSV`);

  // The importer states what the tables do not tell: the loss and its L2. A wrong one shows in the distance from the optimum.
  for (const l2 of [8, 7]) {
    const report = await importModel({ path, interactions, loss: "mf", l2 }, join(folder, `imported-${l2}`));
    const { gradientNorm, scoreShift } = report.shortfall;
    console.log(
      `λ ${l2}: ‖∇J‖ ${gradientNorm.toExponential(1)}, scores ${scoreShift?.toExponential(1)} from the optimum's`,
    );
    console.log(`  ${report.meaning}`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
