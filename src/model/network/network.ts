/** A model made of branches whose features one linear layer sums, and where its parameters start. */

import type { Interactions } from "../../data/interactions.ts";
import type { MatrixKernels } from "../../kernel/matrices/matrices.ts";
import { referenceMatrices } from "../../kernel/matrices/reference.ts";
import type { Random } from "../../numeric/random.ts";
import type { Model, NameKeys, Pairs } from "../model.ts";
import { drawTensor } from "../start.ts";
import { lengthOf, placed, type TensorPlace } from "../tensors.ts";
import type { BranchKind } from "./branch.ts";
import { sumOfBranches } from "./output.ts";

/** Tensors: those of the branches in turn, then `output_weights` (all branches' features) and `output_bias`, which users and items share. */
export function network(
  branches: readonly BranchKind[],
  { userCount, itemCount }: Interactions,
  matrices: MatrixKernels = referenceMatrices(),
): Model {
  const own = branches.map((branch) => branch.tensors(userCount, itemCount));
  const tensors = placed([
    ...own.flat(),
    { name: "output_weights", shape: [branches.reduce((sum, { width }) => sum + width, 0)] },
    { name: "output_bias", shape: [1] },
  ]);
  const [output, bias] = tensors.slice(-2);
  const widths = branches.map(({ width }) => width);
  const lastLayer = { weightsAt: output.at, width: output.shape[0], biasAt: bias.at };
  const parts = branchPlaces(branches, tensors, own, output.at);
  return {
    userCount,
    itemCount,
    parameterCount: lengthOf(tensors),
    tensors,
    batch: 4096,
    local: true,
    extraOutputs: 0,
    lastLayer,
    rotations: parts.flatMap(({ kind, places, outputAt }) => kind.rotations(places, outputAt)),
    at(params, pairs: Pairs) {
      const terms = parts.map(({ kind, places, outputAt }) => kind.at(places, outputAt, params, pairs, matrices));
      return sumOfBranches(terms, { ...lastLayer, widths }, params, pairs.users.length);
    },
  };
}

/** Which tensors belong to which branch, and where the last layer's weights of its features begin. */
function branchPlaces(
  branches: readonly BranchKind[],
  tensors: readonly TensorPlace[],
  own: readonly (readonly unknown[])[],
  firstOutputAt: number,
) {
  let first = 0;
  let outputAt = firstOutputAt;
  return branches.map((kind, b) => {
    const part = { kind, places: tensors.slice(first, first + own[b].length), outputAt };
    first += own[b].length;
    outputAt += kind.width;
    return part;
  });
}

/**
 * Embeddings normal, with deviation .1 where they are multiplied (products of smaller ones hold training up) and .01 elsewhere (He et al.
 * 2017, §4.1); weights of layers uniform in ±√(6/inputs) (He, Zhang, Ren & Sun 2015), those of the output in ±√(3/inputs) (LeCun,
 * Bottou, Orr & Müller 1998); biases 0.
 */
export function startNetwork(model: Model, random: Random, keys: NameKeys): Float64Array {
  const params = new Float64Array(model.parameterCount);
  for (const tensor of model.tensors) drawTensor(tensor, random, keys, params, drawOf(tensor));
  return params;
}

function drawOf({ name, shape, rowsOf }: TensorPlace): (stream: Random) => number {
  if (name.endsWith("_bias")) return () => 0;
  if (rowsOf !== undefined) {
    const deviation = name.endsWith("_factors") ? 0.1 : 0.01;
    return (stream) => deviation * stream.normal();
  }
  const widest = Math.sqrt((shape.length > 1 ? 6 : 3) / shape[0]);
  return (stream) => widest * (2 * stream.uniform() - 1);
}
