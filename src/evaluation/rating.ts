/** How far predicted ratings are from given ones. */

/** Root mean squared error, in rating units; NaN for nothing. */
export function rmse(predicted: Float64Array, ratings: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < ratings.length; k++) sum += (predicted[k] - ratings[k]) ** 2;
  return Math.sqrt(sum / ratings.length);
}

/** Mean absolute error, in rating units; NaN for nothing. */
export function mae(predicted: Float64Array, ratings: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < ratings.length; k++) sum += Math.abs(predicted[k] - ratings[k]);
  return sum / ratings.length;
}
