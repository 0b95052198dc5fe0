/** Forgetting with any differentiable model: retraining, re-optimising, and one Newton step of all parameters or of some rows. */

import type { Rows } from "../data/interactions.ts";
import { sizeOf } from "../model/model.ts";
import { norm } from "../numeric/vector.ts";
import type { ScoredObjective } from "../objective/scored.ts";
import { certifyScored } from "../training/scored/certificate.ts";
import { minimiseScored } from "../training/scored/newton.ts";
import { scoredSolver } from "../training/scored/solve.ts";
import { trainScored } from "../training/scored/train.ts";
import type { TrainedScored } from "../training/trained.ts";
import { concludeWith, unchanged } from "./conclude.ts";
import type { ForgetOptions, Guarantee, ScoredUnlearner } from "./unlearner.ts";

/** What a method makes of the retain objective. */
type Method = (
  retain: ScoredObjective,
  trained: TrainedScored,
  forgetSet: Rows,
  options: ForgetOptions & { readonly tolerance: number },
) => Promise<{ params: Float64Array; guarantee: Guarantee; caveats: readonly string[]; seed?: number }>;

function unlearner(name: string, guarantee: Guarantee, summary: string, method: Method): ScoredUnlearner {
  return {
    name,
    guarantee,
    summary,
    forget(trained, forgetSet, options = {}) {
      const retain = trained.objective.without(forgetSet);
      const { tolerance = trained.tolerance } = options;
      return concludeWith(trained, retain, tolerance, {
        certify: (params) => certifyScored(retain, params, tolerance),
        gradientNorm: (params) => gradientNormOf(retain, params),
        work: async () => {
          if (forgetSet.length === 0 && name !== "retrain") return unchanged(trained);
          const found = await method(retain, trained, forgetSet, { ...options, tolerance });
          return { ...found, caveats: [...found.caveats, ...dataCaveats(retain)] };
        },
      });
    },
  };
}

/** Trains a new model on the retained rows by the model's own recipe; the default seed is another than the model's. */
export function scoredRetrain(): ScoredUnlearner {
  const summary = "trains again on the retained data from another seed; never sees the forgotten rows";
  return unlearner("retrain", "exact", summary, async (retain, trained, _rows, options) => {
    const seed = options.seed ?? trained.seed + 1;
    const { params } = await trainScored(retain, trained.recipe, { ...options, seed });
    return { params, seed, guarantee: "exact", caveats: [] };
  });
}

/** Minimises the retain objective from where the model stands, to ‖∇J‖ ≤ tolerance. Cost: some tens of Hessian products a Newton step. */
export function scoredExact(): ScoredUnlearner {
  const summary = "re-optimises to an optimum of the retained data; certified locally where it converges";
  return unlearner("exact", "certified", summary, async (retain, trained, _rows, options) => {
    const { params, status } = await minimiseScored(retain, trained.params, options);
    const caveats =
      status === "converged"
        ? ["another seed may end at another optimum: the certificate is local"]
        : [`the minimisation ended with ${status}: nothing is certified`];
    return { params, guarantee: status === "converged" ? "certified" : "approximate", caveats };
  });
}

/** θ − H⁻¹∇J of the retain objective, on all parameters ("all") or on the tables' rows of the users who lost a row ("users"). */
export function scoredStep(name: string, summary: string, support: "all" | "users"): ScoredUnlearner {
  return unlearner(name, "approximate", summary, async (retain, trained, forgetSet, { signal }) => {
    const places = support === "users" ? rowsOfUsers(trained.objective, forgetSet) : undefined;
    const rhs = new Float64Array(trained.params.length);
    retain.evaluate(trained.params, rhs);
    const solver = await scoredSolver(retain, trained.params, { support: places, tolerance: 1e-6, signal });
    const step = await solver.solve(rhs).finally(() => solver.close());
    const caveats = places === undefined ? [] : [placesCaveat(places)];
    if (step.status !== "converged") caveats.push(`the linear solver ended with ${step.status}`);
    return { params: trained.params.map((x, k) => x - step.value[k]), guarantee: "approximate", caveats };
  });
}

function placesCaveat({ length }: Uint32Array): string {
  return length === 0
    ? "this model has no rows of users: its parameters stay, with the trace of the forgotten interactions"
    : "items keep the trace of the forgotten interactions";
}

function dataCaveats({ model }: ScoredObjective): string[] {
  return model.data === undefined ? [] : ["the forgotten interactions are gone from the graph or input as well"];
}

function gradientNormOf(objective: ScoredObjective, params: Float64Array): number {
  const gradient = new Float64Array(params.length);
  objective.evaluate(params, gradient);
  return norm(gradient);
}

/** Places of the tables' rows of the users who lose a row, ascending; none where users have no table. */
function rowsOfUsers({ model, interactions }: ScoredObjective, forgetSet: Rows): Uint32Array {
  const users = new Set(Array.from(forgetSet, (row) => interactions.users[row]));
  const places: number[] = [];
  for (const { shape, at, rowsOf } of model.tensors) {
    if (rowsOf !== "user") continue;
    const width = sizeOf(shape) / shape[0];
    for (const user of users) for (let f = 0; f < width; f++) places.push(at + user * width + f);
  }
  return Uint32Array.from(places).sort();
}
