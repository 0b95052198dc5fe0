/** The compiled kernels of how users and items move each other: the Schur complement and its two halves. */

import * as layout from "../../assembly/layout.ts";
import { keepResiduals } from "./passes.ts";
import { passAndReduce, runChunks } from "./runs.ts";
import { begin, blocksOf, fetchOutput, type HeldProblem, inputOf, outputOf, putInput } from "./state.ts";

/** Overwrites `out` with the product of the Schur complement and a reduced vector. */
export function schurProduct(held: HeldProblem, vector: Float64Array, out: Float64Array): void {
  const { buffers, pairs, reducedCount } = held;
  begin(held);
  blocksOf(held, "user");
  putReduced(held, vector);
  // What the users' moves take away of the pairs' term lies behind the reduced output.
  const taken = pairs === undefined ? 0 : outputOf(held) + reducedCount * 8;
  buffers.set(layout.takenField, taken);
  pairs?.use({ users: pairs.moving("item", inputOf(held), true) });
  const { mean } = passAndReduce(held, {
    operation: layout.opSchur,
    perFactor: 6,
    penalised: "input",
    inputItems: 0,
    outputItems: 0,
    between: () => pairs?.use({ items: pairs.moving("user", taken, true), itemMoves: pairs.own("user") }),
  });
  fetchOutput(held, out, reducedCount, mean);
}

/** Overwrites a users' table with what a reduced vector does to the users' gradient. */
export function userCoupling(held: HeldProblem, vector: Float64Array, out: Float64Array): void {
  const { buffers, pairs, itemsAt } = held;
  begin(held);
  putReduced(held, vector);
  pairs?.use({ users: pairs.moving("item", inputOf(held), true) });
  const address = outputOf(held);
  runChunks(held, layout.opUserCoupling, 3);
  buffers.fetch(out, itemsAt, address);
}

/** Overwrites a reduced vector with what a users' table does to the items' gradient. */
export function itemCoupling(held: HeldProblem, vector: Float64Array, out: Float64Array): void {
  const { pairs } = held;
  begin(held);
  putInput(held, vector, held.itemsAt);
  keepResiduals(held);
  pairs?.use({ items: pairs.moving("user", inputOf(held), true) });
  const { mean } = passAndReduce(held, {
    operation: layout.opItemCoupling,
    perFactor: 3,
    penalised: "nothing",
    inputItems: 0,
    outputItems: 0,
  });
  fetchOutput(held, out, held.reducedCount, mean);
}

/** Takes in a reduced vector for a product with the full curvature. */
function putReduced(held: HeldProblem, vector: Float64Array): void {
  const { buffers, problem, reducedCount } = held;
  putInput(held, vector, reducedCount);
  buffers.setFloat(layout.movedField, problem.shape.learnedMean ? vector[reducedCount - 1] : 0);
  keepResiduals(held);
}
