/** How well do estimators agree with leave-one-out on neural matrix factorization with a smooth tower? */

import { fidelityOf } from "./fidelity-ncf.ts";
import type { Report } from "./report.ts";

/** See `fidelityOf`. */
export function run(args: readonly string[]): Promise<Report> {
  return fidelityOf("neumf", { pairs: 30, steps: 400, loo: 30, rows: 1 }, args);
}
