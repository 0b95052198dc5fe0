/** Train, explain one score, forget a user, and read what is proved. Run from the project's root. */
import { exact, explain, factorization, forgetRows, readInteractions, rowsOf, train } from "lethe";

const { dataset } = await readInteractions("examples/ratings.csv");
const mean = { kind: "learned" } as const;
const settings = { factors: 4, biases: true, mean, l2: 8, l2Bias: 3, regularizer: "table" } as const;
const model = { dataset, trained: await train(factorization(settings, dataset.interactions)) };

const { score, byItem } = await explain(model, { user: "42", item: "17" });
console.log(`score ${score.toFixed(2)}; without the rating of ${byItem[0].item}: ${byItem[0].without.toFixed(2)}`);

const { report } = await forgetRows(model, rowsOf(model, { users: ["42"] }), exact());
console.log(`${report.rows} ratings forgotten; ${report.certificate.verdict}`);
