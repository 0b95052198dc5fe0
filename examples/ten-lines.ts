/** Train, explain one score, forget a user, and read what is proved. Run from the project's root. */
import { explain, forgetRows, planOf, readInteractions, rowsOf, trainOn, unlearnerNamed } from "lethe";

const { dataset } = await readInteractions("examples/ratings.csv");
const model = await trainOn(dataset, planOf({ model: "mf", settings: { factors: 4 }, l2: 8, l2Bias: 3 }));

const { score, byItem } = await explain(model, { user: "42", item: "17" });
console.log(`score ${score.toFixed(2)}; the rating of ${byItem[0].item} did ${byItem[0].influence.toFixed(2)} of it`);

const { report } = await forgetRows(model, rowsOf(model, { users: ["42"] }), unlearnerNamed("exact", model.trained));
console.log(`${report.rows} ratings forgotten; ${report.certificate.verdict}`);
