/** BPR on matrix factorization with 8 factors, as in the comparison of UBPR. */

import { publish } from "./published.ts";
import type { Report } from "./report.ts";

/** See `publish`. */
export function run(args: readonly string[]): Promise<Report> {
  return publish(
    {
      name: "mf, bpr, 8 factors and biases",
      wishes: {
        model: "mf",
        loss: "bpr",
        settings: { factors: 8, biases: "items" },
        l2: 2,
        negatives: 4,
        recipe: { epochs: 70, learningRate: 3e-3, batch: 1024 },
      },
      region: { hr: 0.64, ndcg: 0.37, from: "UBPR" },
    },
    args,
  );
}
