/** Towers in WebAssembly: what `reference.ts` defines, a slab of rows at a time. */

import { tileSize } from "../assembly/matrices/layout.ts";
import type { LoadedKernels } from "../runtime/load.ts";
import { openTowerMemory } from "./memory.ts";
import { planOf, type TowerPlan } from "./plan.ts";
import type { Slab } from "./slab.ts";
import type { RowPairs, Tower, TowerPass } from "./towers.ts";

// Doubles that the rows of a slab take together.
const slabDoubles = 2 ** 25;

/** How many rows are in memory together; a pass with more goes through them in turn. */
export function slabRows({ rowLength, inputSlopes }: TowerPlan): number {
  const each = 2 * rowLength + inputSlopes + 3;
  return Math.max(1, Math.floor(slabDoubles / each / tileSize)) * tileSize;
}

/** What makes passes in a module: the memory holds one, that which was asked last, and makes room for the next. */
export function openTowers(kernels: LoadedKernels) {
  const memory = openTowerMemory(kernels);
  return (tower: Tower, params: Float64Array, pairs: RowPairs): TowerPass => {
    const slabs = slabsOf(tower, params, pairs);
    return {
      addScores(out) {
        for (const slab of slabs) memory.addScores(slab, out);
      },
      addJvp(direction, out) {
        for (const slab of slabs) memory.addJvp(slab, direction, out);
      },
      addVjp(weights, out) {
        for (const slab of slabs) memory.addVjp(slab, weights, out);
      },
      addCurvature(weights, direction, out) {
        for (const slab of slabs) memory.addCurvature(slab, weights, direction, out);
      },
      putFeatures(out, place) {
        for (const slab of slabs) memory.putFeatures(slab, out, place);
      },
    };
  };
}

function slabsOf(tower: Tower, params: Float64Array, pairs: RowPairs): Slab[] {
  const plan = planOf(tower);
  const rows = slabRows(plan);
  const count = pairs.users.length;
  return Array.from({ length: Math.ceil(count / rows) }, (_, s) => ({
    tower,
    plan,
    params,
    pairs,
    from: s * rows,
    count: Math.min(rows, count - s * rows),
  }));
}
