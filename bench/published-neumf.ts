/** NeuMF without pre-training (He et al. 2017). */

import { publish } from "./published.ts";
import type { Report } from "./report.ts";

/** See `publish`. */
export function run(args: readonly string[]): Promise<Report> {
  return publish(
    {
      name: "neumf, 16 factors",
      wishes: {
        model: "neumf",
        loss: "logistic",
        settings: { factors: 16, layers: [32, 16], embedding: 32 },
        l2: 0,
        l2Shared: 0,
        negatives: 4,
        recipe: { epochs: 20, learningRate: 1e-3, batch: 512 },
      },
      region: { hr: 0.68, ndcg: 0.4, from: "He et al. 2017" },
    },
    args,
  );
}
