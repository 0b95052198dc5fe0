/** Holds estimators against exact leave-one-out, and every unlearner against the retrained model. */

import { planOf, readInteractions, runOf, scoreTarget, trainOn } from "lethe";
import { estimators } from "lethe/influence";
import { interactionPlayers, makeNamed, measureOf, unmetNeed, worstOf } from "lethe/method";
import { unlearners } from "lethe/unlearning";

const { dataset } = await readInteractions("examples/ratings.csv");
const { trained } = await trainOn(dataset, planOf({ model: "mf", settings: { factors: 4 }, l2: 8, l2Bias: 3 }));
const run = runOf();

// What did the user's first ten ratings do to one score?
const user = dataset.userIds.find("42") ?? 0;
const item = dataset.itemIds.find("17") ?? 0;
const measures = [measureOf(scoreTarget(user, item), trained.unit)];
const { start, rows } = trained.interactions.byUser;
const asked = interactionPlayers(rows.slice(start[user], start[user] + 10));
async function ask(name: string) {
  const prepared = await makeNamed(estimators, name, trained).prepare(trained, run);
  return prepared.estimate(measures, asked).finally(() => prepared.close());
}
const truth = (await ask("leave-one-out")).values;
console.log("largest error of an influence, in rating units (the largest influence is %s)", size(truth).toFixed(3));
const published = ["fast-influence-block", "fast-influence-text", "fast-influence-code"];
for (const name of ["fast-influence", ...published, "influence-function", "newton-step"]) {
  const found = await ask(name);
  const error = size(found.values.map((x, k) => x - truth[k]));
  console.log(`  ${name.padEnd(22)} ${error.toExponential(1)}  ${worstOf(found)}`);
}

// What does each way of forgetting one user leave of the distance to the retrained model?
const forgetSet = rows.slice(start[user], start[user + 1]);
const forget = (name: string) => makeNamed(unlearners, name, trained).forget(trained, forgetSet, run);
const retrained = (await forget("retrain")).model.scores(trained.interactions);
const distance = ({ scores }: typeof trained) =>
  Math.hypot(...scores(trained.interactions).map((x, k) => x - retrained[k]));
console.log("left of the distance to the retrained model, and the gradient norm on what remains");
for (const { name } of unlearners.methods.filter((method) => unmetNeed(method, trained) === undefined)) {
  const { model, certificate } = await forget(name);
  const share = `${((100 * distance(model)) / distance(trained)).toPrecision(2)} %`;
  console.log(`  ${name.padEnd(22)} ${share.padEnd(12)} ${certificate.gradientNorm?.toExponential(1)}`);
}

function size(values: Float64Array): number {
  return values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}
