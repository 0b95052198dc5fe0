/** The branch of a multilayer perceptron: both embeddings side by side, through dense layers. */

import type { ActivationName, TowerLayer } from "../../kernel/towers/towers.ts";
import { wholeTable } from "../rotations.ts";
import { sizeOf, type TensorPlace } from "../tensors.ts";
import { type BranchKind, embeddingTables } from "./branch.ts";

/** Widths of the layers after the embeddings, the length of an embedding, and what the layers apply to their sums. */
export type TowerSettings = {
  readonly layers: readonly number[];
  readonly embedding: number;
  readonly activation: ActivationName;
};

/**
 * Layers of these widths over [p_u; q_i], with `embedding` columns each (He et al. 2017, Eq. 10); without layers the embeddings
 * themselves. A forward pass costs Σ inputs·outputs multiply-adds a pair, a gradient three times that.
 */
export function tower({ embedding, layers, activation }: TowerSettings): BranchKind {
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
    rotations: ([userTable, itemTable, first], outputAt) =>
      [userTable, itemTable].map((table, side) => {
        // The first layer reads this side by so many of its rows; without layers the output does.
        const outputs = first?.shape[1] ?? 1;
        const at = (first?.at ?? outputAt) + side * embedding * outputs;
        const readers = { at, rows: outputs, rowStride: 1, columnStride: outputs };
        return { width: embedding, tables: [wholeTable(table.at, table.shape[0], embedding), readers] };
      }),
    at([userTable, itemTable, ...dense], outputAt, params, pairs, matrices) {
      const places = { usersAt: userTable.at, itemsAt: itemTable.at, embedding, activation, outputAt };
      return matrices.towerAt({ ...places, layers: layersOf(dense) }, params, pairs);
    },
  };
}

/** Weights and biases by turns. */
function layersOf(tensors: readonly TensorPlace[]): TowerLayer[] {
  return Array.from({ length: tensors.length / 2 }, (_, l) => {
    const [weights, bias] = [tensors[2 * l], tensors[2 * l + 1]];
    return { inputs: weights.shape[0], outputs: sizeOf(bias.shape), weightsAt: weights.at, biasAt: bias.at };
  });
}
