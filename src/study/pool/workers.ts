/** How many threads train where nobody says. */

import { availableParallelism } from "node:os";
import type { TrainedModel } from "../../training/trained-model.ts";

/** Below so many interactions threads take longer to start than they save. */
const fewInteractions = 5000;

/** As many as there are processors, eight at most; one for a small model. */
export function usualWorkers({ interactions }: TrainedModel): number {
  return interactions.size < fewInteractions ? 1 : Math.min(availableParallelism(), 8);
}
