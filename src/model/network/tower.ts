/** The branch of a multilayer perceptron: both embeddings side by side, through dense layers. */

import { sizeOf, type TensorPlace } from "../model.ts";
import { activations } from "./activation.ts";
import { type BranchKind, embeddingTables, scratch } from "./branch.ts";
import { type DensePass, type DensePlace, denseAt } from "./dense.ts";
import { gatherRows, scatterRows } from "./rows.ts";

/** Widths of the layers after the embeddings, the length of an embedding, and what the layers apply to their sums. */
export type TowerSettings = {
  readonly layers: readonly number[];
  readonly embedding: number;
  readonly activation: keyof typeof activations;
};

/**
 * Layers of these widths over [p_u; q_i], with `embedding` columns each (He et al. 2017, Eq. 10); without layers the embeddings
 * themselves. A forward pass costs Σ inputs·outputs multiply-adds a pair, a gradient three times that.
 */
export function tower({ embedding, layers, activation }: TowerSettings): BranchKind {
  const nonlinearity = activations[activation];
  const widths = [2 * embedding, ...layers];
  return {
    width: widths[layers.length],
    tensors: (userCount, itemCount) => [
      ...embeddingTables("embedding", embedding, userCount, itemCount),
      ...layers.flatMap((width, l) => [
        { name: `layer${l + 1}_weights`, shape: [widths[l], width] },
        { name: `layer${l + 1}_bias`, shape: [width] },
      ]),
    ],
    at([userTable, itemTable, ...dense], params, pairs) {
      const rows = { pairs, width: embedding, usersAt: userTable.at, itemsAt: itemTable.at };
      const count = pairs.users.length;
      const input = new Float64Array(count * 2 * embedding);
      gatherRows(rows, params, input);
      const inputTangent = scratch(input.length);
      const passes: DensePass[] = [];
      let features: Float64Array = input;
      for (const place of densePlaces(dense)) {
        const pass = denseAt(place, nonlinearity, params, features, count);
        passes.push(pass);
        features = pass.output;
      }
      return {
        features,
        tangent(direction) {
          gatherRows(rows, direction, inputTangent());
          return passes.reduce((tangent, pass) => pass.tangent(direction, tangent), inputTangent());
        },
        addReverse: (slopes, out) =>
          scatterRows(
            rows,
            passes.reduceRight((above, pass) => pass.reverse(above, out), slopes),
            out,
          ),
        addReverseTangent(slopes, slopeTangents, direction, out) {
          const below = passes.reduceRight(
            (above, pass) => pass.reverseTangent(above.slopes, above.slopeTangents, direction, out),
            { slopes, slopeTangents },
          );
          scatterRows(rows, below.slopeTangents, out);
        },
      };
    },
  };
}

/** Weights and biases by turns. */
function densePlaces(tensors: readonly TensorPlace[]): DensePlace[] {
  return Array.from({ length: tensors.length / 2 }, (_, l) => {
    const [weights, bias] = [tensors[2 * l], tensors[2 * l + 1]];
    return {
      inputs: weights.shape[0],
      outputs: sizeOf(bias.shape),
      weightsAt: weights.at,
      biasAt: bias.at,
    };
  });
}
