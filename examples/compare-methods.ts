/** Holds every estimator against exact leave-one-out, and every unlearner against the retrained model. */

import { factorization, readInteractions, scoreTarget, train } from "lethe";
import { estimators, leaveOneOut } from "lethe/influence";
import { scores } from "lethe/model";
import { modelOf, type Trained } from "lethe/training";
import { retrain, unlearners } from "lethe/unlearning";

const { dataset } = await readInteractions("examples/ratings.csv");
const { interactions } = dataset;
const settings = {
  factors: 4,
  biases: true,
  mean: { kind: "learned" },
  l2: 8,
  l2Bias: 3,
  regularizer: "table",
} as const;
const trained = await train(factorization(settings, interactions));

// What did the user's first ten ratings do to one score?
const user = dataset.userIds.find("42") ?? 0;
const item = dataset.itemIds.find("17") ?? 0;
const target = scoreTarget(user, item);
const { start, rows } = interactions.byUser;
const asked = rows.slice(start[user], start[user] + 10);
const truth = (await (await leaveOneOut().prepare(trained)).influence(target, asked)).scores;
console.log("largest error of an influence, in rating units (the largest influence is %s)", size(truth).toFixed(3));
for (const [name, { factorization: make }] of Object.entries(estimators)) {
  // Contributions share a score out: they do not estimate what it would be without the row.
  if (make === undefined || name === "contributions") continue;
  const prepared = await make().prepare(trained);
  const { scores: found, status } = await prepared.influence(target, asked);
  prepared.close();
  console.log(`  ${name.padEnd(22)} ${size(found.map((x, k) => x - truth[k])).toExponential(1)}  ${status}`);
}

// What does each way of forgetting one user leave of the distance to the retrained model?
const forgetSet = rows.slice(start[user], start[user + 1]);
const predictions = ({ trained }: { trained: Trained }) =>
  scores(modelOf(trained), interactions.users, interactions.items);
const retrained = predictions(await retrain().forget(trained, forgetSet));
const distance = (other: Float64Array) => Math.hypot(...other.map((x, k) => x - retrained[k]));
const original = distance(predictions({ trained }));
console.log("left of the distance to the retrained model, and the gradient norm on what remains");
for (const [name, { factorization: make }] of Object.entries(unlearners)) {
  if (make === undefined) continue;
  const forgotten = await make().forget(trained, forgetSet);
  const share = ((100 * distance(predictions(forgotten))) / original).toPrecision(2);
  console.log(`  ${name.padEnd(22)} ${`${share} %`.padEnd(12)} ${forgotten.certificate.gradientNorm.toExponential(1)}`);
}

function size(values: Float64Array): number {
  return values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}
