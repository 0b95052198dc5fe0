/** How likely a user's history is under an autoencoder. */

import type { SparseMatrix } from "../../kernel/matrices/matrices.ts";
import { referenceMatrices } from "../../kernel/matrices/reference.ts";
import { forward } from "../../model/autoencoder/forward.ts";
import { inputRows, inputsOf } from "../../model/autoencoder/input.ts";
import { weightsIn } from "../../model/autoencoder/layout.ts";
import type { MultVaeSettings } from "../../model/mult-vae.ts";
import type { Objective } from "../../objective/objective.ts";
import type { CodeBelief, CodeDraw } from "./log-density.ts";

/** What the encoder believes of a user's code, and the draws that were asked for. */
export interface Histories {
  /** `params` of any model of these settings; the history is that of the objective's interactions, whoever the parameters have seen. */
  of(
    params: Float64Array,
    user: number,
    noises: readonly Float64Array[],
  ): { readonly belief: CodeBelief; readonly draws: CodeDraw[] };
}

/** Histories of an objective's users. log p(x|z) = Σ_items rating·log softmax(scores at z), without the multinomial coefficient. */
export function historiesOf({ interactions, tensors, settings, matrices = referenceMatrices() }: Objective): Histories {
  const inputs = inputsOf(interactions);
  const { hidden, latent } = settings.model as MultVaeSettings;
  const { itemCount } = interactions;
  const shape = { itemCount, hidden, latent, matrices };
  return {
    of(params, user, noises) {
      const w = weightsIn(tensors, params);
      const count = noises.length;
      const noise = Float64Array.from(noises.flatMap((one) => [...one]));
      const { gauss, decoder } = forward(shape, w, {
        count,
        input: repeated(inputRows(inputs, Uint32Array.of(user)), count),
        noise,
      });
      const scores = new Float64Array(count * itemCount);
      matrices.multiply({ m: count, k: hidden, n: itemCount, transposeB: true }, decoder, w.output, scores);
      const chosen = chosenBy(interactions, user);
      return {
        belief: { mean: gauss.slice(0, latent), logVariance: gauss.slice(latent, 2 * latent) },
        draws: noises.map((one, s) => ({
          noise: one,
          logLikelihood: listLikelihood(scores.subarray(s * itemCount, (s + 1) * itemCount), w.outputBias, chosen),
        })),
      };
    },
  };
}

/** One row, several times. */
function repeated({ columns, values }: SparseMatrix, count: number): SparseMatrix {
  const width = columns.length;
  const out = {
    rows: count,
    start: Uint32Array.from({ length: count + 1 }, (_, r) => r * width),
    columns: new Uint32Array(count * width),
    values: new Float64Array(count * width),
  };
  for (let r = 0; r < count; r++) {
    out.columns.set(columns, r * width);
    out.values.set(values, r * width);
  }
  return out;
}

/** A user's items with their ratings. */
function chosenBy(
  { byUser, items, ratings }: Objective["interactions"],
  user: number,
): readonly (readonly [number, number])[] {
  return Array.from(byUser.rows.subarray(byUser.start[user], byUser.start[user + 1]), (row) => [
    items[row],
    ratings[row],
  ]);
}

function listLikelihood(
  scores: Float64Array,
  bias: Float64Array,
  chosen: readonly (readonly [number, number])[],
): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < scores.length; i++) most = Math.max(most, scores[i] + bias[i]);
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += Math.exp(scores[i] + bias[i] - most);
  const logSum = most + Math.log(sum);
  return chosen.reduce((total, [item, rating]) => total + rating * (scores[item] + bias[item] - logSum), 0);
}
