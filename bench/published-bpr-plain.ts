/** BPR on matrix factorization with 8 factors and no biases: scores of the form that LightGCN has without its graph. */

import { publish } from "./published.ts";
import type { Report } from "./report.ts";

/** See `publish`. */
export function run(args: readonly string[]): Promise<Report> {
  return publish(
    {
      name: "mf, bpr, 8 factors",
      wishes: {
        model: "mf",
        loss: "bpr",
        settings: { factors: 8 },
        l2: 2,
        negatives: 4,
        recipe: { epochs: 80, learningRate: 3e-3, batch: 1024 },
      },
      region: { hr: 0.64, ndcg: 0.37, from: "UBPR" },
    },
    args,
  );
}
