/** LightGCN, on the same split as matrix factorization with BPR. */

import { publish } from "./published.ts";
import type { Report } from "./report.ts";

/** See `publish`. */
export function run(args: readonly string[]): Promise<Report> {
  return publish(
    {
      name: "light-gcn, 8 factors, 3 layers",
      wishes: {
        model: "light-gcn",
        loss: "bpr",
        settings: { factors: 8, layers: 3 },
        l2: 0.05,
        negatives: 4,
        recipe: { epochs: 35, learningRate: 2e-2, decay: 0.93, batch: 4096 },
      },
      region: { hr: 0.64, ndcg: 0.37, from: "no less than BPR" },
    },
    args,
  );
}
