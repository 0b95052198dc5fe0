/** What one row's loss reads and how large its curvature is: sparse access for methods that draw rows. */

import { LetheError } from "../../errors.ts";
import { chunks } from "../../objective/chunked.ts";
import type { Examples } from "../../objective/loss.ts";
import type { Objective } from "../../objective/objective.ts";
import { rowPlaces, type VisitPlaces } from "../../objective/row-places.ts";
import type { SolveRun } from "./truncated.ts";

/** Throws `unsupported` where a row reads more than its user, its items and what all share. */
export function placesOfLoss(objective: Objective): VisitPlaces {
  const places = rowPlaces(objective);
  if (places !== undefined) return places;
  const { kind, loss } = objective.settings;
  throw new LetheError(
    "unsupported",
    `\`solver\` lissa draws rows that read one user and few items; here every row reads all (${kind.name}, ${loss.name})`,
    "set `solver` to iterative",
  );
}

const pairsInTurn = 2 ** 11;

/**
 * An upper bound of the norms of all rows' Gauss-Newton Hessians, without L2: max over rows of Σ ‖∇margin‖²·ℓ″ of their examples, a margin being what
 * one loss is a function of (a score, or the difference of two). Cost: one pass, O(d) an example.
 */
export async function largestCurvature(
  objective: Objective,
  params: Float64Array,
  visitPlaces: VisitPlaces,
  run: SolveRun,
): Promise<number> {
  const scratch = new Float64Array(params.length);
  let most = 0;
  for (const rows of chunks(objective, pairsInTurn)) {
    const examples = objective.examplesOf(rows);
    const sums = new Float64Array(rows.length);
    for (let g = 0; g < examples.owners.length; g++) {
      const owner = examples.owners[g];
      sums[owner] += curvatureOf(objective, params, exampleAt(examples, g), scratch, (visit) =>
        visitPlaces(rows[owner], visit),
      );
    }
    for (const sum of sums) most = Math.max(most, sum);
    await run.yieldToEventLoop();
  }
  return most;
}

function exampleAt({ pairs, labels, start, penalised }: Examples, g: number): Examples {
  const [from, to] = [start[g], start[g + 1]];
  return {
    pairs: { users: pairs.users.subarray(from, to), items: pairs.items.subarray(from, to) },
    labels: labels.subarray(from, to),
    start: Uint32Array.of(0, to - from),
    owners: Uint32Array.of(0),
    penalised,
  };
}

/** ‖Jᵀ·C·J‖ of one example, whose C has rank one: C = c·aaᵀ with a₀ = 1, so that C·e₀ = c·a. `scratch` is zero before and after. */
function curvatureOf(
  { model, settings }: Objective,
  params: Float64Array,
  example: Examples,
  scratch: Float64Array,
  places: (visit: (place: number) => void) => void,
): number {
  const point = model.at(params, example.pairs);
  const column = new Float64Array(point.scores.length);
  const first = column.slice();
  first[0] = 1;
  settings.loss.curvature(point.scores, example, first, column);
  if (!(column[0] > 0)) return 0;
  point.addVjp(column, scratch);
  let square = 0;
  places((k) => {
    square += scratch[k] * scratch[k];
    scratch[k] = 0;
  });
  return square / column[0];
}
