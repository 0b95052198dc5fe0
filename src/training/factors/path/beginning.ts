/** Where all factors vanish: mean and biases alone. */

import { strideOf } from "../../../kernel/kernels.ts";
import { norm } from "../../../numeric/vector.ts";
import { type Factorization, factorization, placesOf } from "../../../objective/factorization.ts";
import { alternate } from "../alternating.ts";
import { type DescentOptions, descend } from "../reoptimise.ts";

const biasSweeps = 30;
const biasTolerance = 1e-4;

/** Mean and biases fitted, every factor zero: the optimum for any λ from σ₁ of its residuals on. */
export async function withoutFactors(objective: Factorization, options: DescentOptions): Promise<Float64Array> {
  // Blocks of one factor cost less than those of many.
  const narrow = factorization({ ...objective.settings, factors: 1 }, objective.interactions);
  const params = new Float64Array(narrow.parameterCount);
  if (narrow.settings.biases || narrow.shape.learnedMean) await fitBiases(narrow, params, options);
  return widened(objective, params);
}

async function fitBiases(objective: Factorization, params: Float64Array, options: DescentOptions): Promise<void> {
  const { ratings, size } = objective.interactions;
  const { meanAt } = placesOf(objective.shape);
  if (meanAt >= 0 && size > 0) params[meanAt] = ratings.reduce((sum, r) => sum + r, 0) / size;
  await descend(objective, options, async (descent) => {
    descent.session.setPoint(params);
    await alternate(descent, biasSweeps, biasTolerance * norm(ratings));
    descent.session.getPoint(params);
  });
}

/** The same mean and biases with as many factors, all zero, as the objective has. */
function widened({ shape, parameterCount }: Factorization, narrow: Float64Array): Float64Array {
  const params = new Float64Array(parameterCount);
  const [stride, one] = [strideOf(shape), strideOf({ ...shape, factors: 1 })];
  const rows = shape.userCount + shape.itemCount;
  if (shape.biases) for (let r = 0; r < rows; r++) params[r * stride + stride - 1] = narrow[r * one + one - 1];
  if (shape.learnedMean) params[rows * stride] = narrow[rows * one];
  return params;
}
