/** How well do estimators agree with leave-one-out on a multilayer perceptron with ReLU, whose minima lie in kinks? */

import { fidelityOf } from "./fidelity-ncf.ts";
import type { Report } from "./report.ts";

/** See `fidelityOf`. */
export function run(args: readonly string[]): Promise<Report> {
  return fidelityOf("mlp-relu", { pairs: 8, steps: 25, loo: 4, rows: 1 }, args);
}
