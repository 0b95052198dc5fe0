/** Laws of statuses put together: what is no answer is never hidden behind what is one. */

import { expect, test } from "vitest";
import type { SolveStatus } from "../../src/linear/solver.ts";
import { worseStatus } from "../../src/linear/status.ts";
import { worstOf } from "../../src/method/estimator.ts";

const answers: readonly SolveStatus[] = ["converged", "negative-curvature"];
const failures: readonly SolveStatus[] = ["step-limit", "breakdown"];

test("a failure is worse than any answer, whichever is first, and every status is worse than converged", () => {
  for (const failure of failures)
    for (const answer of answers) {
      expect(worseStatus(answer, failure)).toBe(failure);
      expect(worseStatus(failure, answer)).toBe(failure);
      const statuses: SolveStatus[] = [answer, failure, ...answers];
      expect(worstOf({ values: new Float64Array(4), statuses, residual: 0, evaluations: 1 })).toBe(failure);
    }
  for (const status of [...answers, ...failures]) {
    expect(worseStatus("converged", status)).toBe(status);
    expect(worseStatus(status, "converged")).toBe(status);
    expect(worseStatus(status, "breakdown")).toBe("breakdown");
  }
  expect(worstOf({ values: new Float64Array(0), statuses: [], residual: 0, evaluations: 0 })).toBe("converged");
});
