/** Representers of the nuclear norm: a dot product as a sum over rows of like users or of like items. */

import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { dotProducts, linearScores, positiveL2, tableL2 } from "../../method/needs.ts";
import { rowAt, type TensorPlace, valuesOf } from "../../model/tensors.ts";
import type { Objective } from "../../objective/objective.ts";
import type { Smooth } from "../../training/trained-model.ts";
import { byTarget, sumOverRows } from "../by-target.ts";
import { placesOfSide, representers, type Side } from "./represented.ts";
import { gramOf, rootKernel } from "./roots.ts";

/**
 * α_k·√(XᵀX)_ji of the user's rows, α_k·√(XXᵀ)_vu of the item's rows, or half of each, α_k = −ℓ′_k/λ and X the matrix of dot products: representers of
 * λ‖X‖_* (Tsai et al. 2023), which our L2 is at the optimum. They depend on X alone, however it is factored. Means and biases have none. Cost:
 * O((U + I)·d² + d³) once, O(n·d) a target.
 */
export const highDimensionalRepresenter = method({
  name: "high-dimensional-representer",
  summary: "shares of a dot product among rows of like items and rows of like users, by the nuclear norm",
  source: "Tsai, Zhang, Chien, Yu, Hsieh and Ravikumar (2023); survey, §5.1.2.3",
  needs: [dotProducts, linearScores, positiveL2, tableL2],
  settings: {
    side: {
      summary: "rows of the user (like items), rows of the item (like users), or half of each",
      standard: "both",
      choices: ["both", "user", "item"],
    },
  },
  cost: "closed form",
  value: "share",
  properties: {
    family: "static gradient",
    kin: "representer point",
    full: "O(n + p·d)",
    further: "O(n)",
    space: "O(n + p)",
    storage: "0",
    traits: ["assumes differentiable", "assumes convexity", "assumes stationarity", "assumes linear model"],
  },
  make: ({ side }): Estimator => ({
    async prepare({ smooth }, run) {
      const { objective, params } = smooth as Smooth;
      const sides: readonly Side[] = side === "both" ? ["user", "item"] : [side as Side];
      const tables = tablesOf(objective);
      const embeddings = { tensors: [tables.user, tables.item] };
      const found = await representers(
        {
          ...{ objective, params, weight: 1 / sides.length, bend: rootsAt(objective, params) },
          lacking: "mean and biases",
          places: Uint32Array.from(sides.flatMap((one) => [...placesOfSide(embeddings, one)])),
        },
        run,
      );
      return byTarget(run, sumOverRows(found.shares), found.close);
    },
  }),
});

function tablesOf({ tensors }: Objective): Readonly<Record<Side, TensorPlace>> {
  const of = (side: Side) =>
    tensors.find(({ rowsOf, penalised }) => rowsOf === side && penalised === "table") as TensorPlace;
  return { user: of("user"), item: of("item") };
}

/** Multiplies every user's row of a vector by M, every item's by its counterpart. */
function rootsAt(objective: Objective, params: Float64Array): (direction: Float64Array) => Float64Array {
  const { user, item } = tablesOf(objective);
  const [a, b] = [user, item].map((table) => gramOf(valuesOf(table, params), table.width));
  const ofUsers = rootKernel(a, b, user.width);
  const ofItems = rootKernel(b, a, user.width);
  return (direction) => {
    const out = new Float64Array(direction.length);
    multiplyRows(user, ofUsers, direction, out);
    multiplyRows(item, ofItems, direction, out);
    return out;
  };
}

/** Writes M times each row of a table; rows of zeros stay. */
function multiplyRows(table: TensorPlace, matrix: Float64Array, vector: Float64Array, out: Float64Array): void {
  const { width } = table;
  for (let row = 0; row < table.rows; row++) {
    const at = rowAt(table, row);
    if (vector.subarray(at, at + width).every((x) => x === 0)) continue;
    for (let r = 0; r < width; r++)
      for (let c = 0; c < width; c++) out[at + r] += matrix[r * width + c] * vector[at + c];
  }
}
