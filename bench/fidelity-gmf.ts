/** How well do estimators agree with leave-one-out on generalized matrix factorization, which is smooth? */

import { fidelityOf } from "./fidelity-ncf.ts";
import type { Report } from "./report.ts";

/** See `fidelityOf`. */
export function run(args: readonly string[]): Promise<Report> {
  return fidelityOf("gmf", { pairs: 30, steps: 400, loo: 30, rows: 5 }, args);
}
