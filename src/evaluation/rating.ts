/** How far predicted ratings are from given ones. */

/** Errors on the ratings that have a prediction, in rating units, and how many have none. */
export interface RatingErrors {
  /** NaN for nothing. */
  readonly rmse: number;
  readonly mae: number;
  readonly ratings: number;
  readonly unknown: number;
}

/** Errors of predictions, which are NaN where the model does not know the user or the item: those count in no mean. */
export function ratingErrors(predicted: Float64Array, ratings: Float64Array): RatingErrors {
  const known = [...predicted.keys()].filter((k) => !Number.isNaN(predicted[k]));
  const [some, given] = [Float64Array.from(known, (k) => predicted[k]), Float64Array.from(known, (k) => ratings[k])];
  return {
    rmse: rmse(some, given),
    mae: mae(some, given),
    ratings: known.length,
    unknown: ratings.length - known.length,
  };
}

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
