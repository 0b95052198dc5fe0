/** Where all factors vanish: mean and biases alone. */

import { norm } from "../../../numeric/vector.ts";
import { type Factorization, placesOf, withChanged } from "../../../objective/factorization.ts";
import { alternate } from "../alternating.ts";
import { type DescentOptions, descend } from "../reoptimise.ts";

const biasSweeps = 50;
const biasTolerance = 1e-6;

/** Mean and biases fitted, one factor, which is zero: the optimum for any λ from σ₁ of its residuals on. */
export async function withoutFactors(objective: Factorization, options: DescentOptions): Promise<Float64Array> {
  const narrow = withChanged(objective, { factors: 1 });
  const { ratings, size } = objective.interactions;
  const params = new Float64Array(narrow.parameterCount);
  const { meanAt } = placesOf(narrow.shape);
  if (meanAt >= 0 && size > 0) params[meanAt] = ratings.reduce((sum, r) => sum + r, 0) / size;
  if (!narrow.settings.biases && meanAt < 0) return params;
  await descend(narrow, options, async (descent) => {
    descent.session.setPoint(params);
    await alternate(descent, biasSweeps, biasTolerance * norm(ratings));
    descent.session.getPoint(params);
  });
  return params;
}
