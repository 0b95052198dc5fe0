/** Trains a small NeuMF by batches, explains one score, and forgets a user by training again on what remains. */

import { explain, forgetRows, planOf, readInteractions, rowsOf, trainOn, unlearnerNamed, usualUnlearner } from "lethe";

const { dataset } = await readInteractions("examples/ratings.csv");
const plan = planOf({
  model: "neumf",
  loss: "logistic",
  settings: { factors: 4, layers: [8, 4], embedding: 4 },
  l2: 0.1,
  negatives: 4,
  recipe: { epochs: 20, learningRate: 1e-2, batch: 64 },
  // The last epoch is the one that ranks one held-out interaction of every user best.
  validation: 1,
});
const model = await trainOn(dataset, plan);
const epochs = model.trained.recording;
const best = epochs?.log[epochs.epochs - 1]?.validation;
console.log(`${epochs?.epochs} of ${epochs?.log.length} epochs taken, ${best?.metric} ${best?.value.toFixed(3)}`);

const why = await explain(model, { user: "42", item: "17", positive: true, count: 3 });
console.log(`score ${why.score.toFixed(3)} of item 17 for user 42, by ${why.method}, because of`);
for (const { item, influence } of why.byItem) console.log(`  item ${item}: ${influence.toExponential(1)}`);
console.log(`  (${why.note})`);

// Batches end at no optimum: what promises to forget here is training again, with the model's own recipe.
const method = usualUnlearner(model);
const unlearner = unlearnerNamed(method, model.trained);
const { report } = await forgetRows(model, rowsOf(model, { users: ["42"] }), unlearner);
console.log(`${report.rows} interactions forgotten by ${method}; guarantee: ${report.guarantee}`);
