/** One Newton step away from the forgotten rows, on all parameters or on the users' rows alone: IF, CIF, SIF, SCIF and their corrections. */

import { interactionsOf, type Rows } from "../data/interactions.ts";
import type { FactorKernels } from "../kernel/kernels.ts";
import type { DenseMatrix, Solution, Solver } from "../linear/solver.ts";
import { type Factorization, factorization, placesOf } from "../objective/factorization.ts";
import { denseOf, hessianOperator } from "../objective/hessian.ts";
import { solveHessian } from "../training/schur.ts";
import type { Trained } from "../training/trained.ts";
import { conclude, unchanged } from "./conclude.ts";
import type { FactorUnlearner } from "./unlearner.ts";

/** Which step. */
export interface StepSettings {
  readonly name: string;
  readonly summary: string;
  /** "all" parameters, or only the rows of "users" who lose a rating (then every other user's scores stay to the bit). */
  readonly support: "all" | "users";
  /** Adds, for every forgotten rating, one at the mean of what the user (else the item) has left. */
  readonly collaborative: boolean;
  /** Hessian of the data that remain (right), or of all data (as published). */
  readonly hessian: "remaining" | "original";
  /**
   * What stands for the gap to a stationary point: "minus" the gradient (right: a Newton step), "plus" (as printed in Eq. 13
   * of SCIF), or "none".
   */
  readonly compensation: "minus" | "plus" | "none";
  /** For small problems: solves with the dense Hessian instead of conjugate gradients. */
  readonly solver?: Solver<DenseMatrix>;
}

const collaborativeCaveat =
  "aims at a target that keeps one mean rating for every forgotten one: it does not approach the retrained model, by construction";
const usersCaveat = "items keep the trace of the forgotten ratings; other users' scores have not moved";

/** θ + H⁻¹[∇ℓ(forgotten) − ∇ℓ(replacements) ∓ g] (Li et al. 2024, Eq. 7 and 13, corrected), on the chosen support. */
export function influenceStep(settings: StepSettings): FactorUnlearner {
  return {
    name: settings.name,
    guarantee: "approximate",
    summary: settings.summary,
    forget: (trained, forgetSet, options = {}) => {
      const retain = trained.objective.without(forgetSet);
      return conclude(trained, retain, options, async (kernels) => {
        if (forgetSet.length === 0) return unchanged(trained);
        const targets = usersOf(trained.objective, forgetSet);
        // Only these users' rows enter when only they move: the rest of the set need not be looked at.
        const near = (objective: Factorization) =>
          settings.support === "users" ? onlyOf(objective, targets) : objective;
        const [original, left] = [near(trained.objective), near(retain)];
        const aim = settings.collaborative ? withReplacements(trained.objective, retain, left, forgetSet) : left;
        const rhs = rightHandSide(settings, trained.params, original, aim, kernels);
        const curved = settings.hessian === "remaining" ? aim : original;
        const step =
          settings.support === "users"
            ? userStep(curved, trained.params, targets, rhs, kernels)
            : fullStep(settings, curved, trained, rhs, kernels);
        const caveats = [...(settings.collaborative ? [collaborativeCaveat] : [])];
        if (settings.support === "users") caveats.push(usersCaveat);
        if (step.status !== "converged") caveats.push(`the linear solver ended with ${step.status}`);
        return { params: trained.params.map((x, k) => x + step.value[k]), guarantee: "approximate", caveats };
      });
    },
  };
}

/** The users who lose a rating, ascending. */
function usersOf({ interactions }: Factorization, forgetSet: Rows): Uint32Array {
  return Uint32Array.from(new Set(Array.from(forgetSet, (row) => interactions.users[row]))).sort();
}

/** The objective on these users' ratings alone: their gradients and blocks are those of the whole. */
function onlyOf({ settings, interactions }: Factorization, users: Uint32Array): Factorization {
  const { start, rows } = interactions.byUser;
  const own: number[] = [];
  for (const u of users) for (let k = start[u]; k < start[u + 1]; k++) own.push(rows[k]);
  return factorization(settings, interactions.select(Uint32Array.from(own).sort()));
}

/** `left` with z̄ = (u, i, mean of what u has left, else of what i has left) for every forgotten (u, i). */
function withReplacements(
  original: Factorization,
  retain: Factorization,
  left: Factorization,
  forgetSet: Rows,
): Factorization {
  const all = retain.interactions;
  const userMean = means(all.users, all.ratings, all.userCount);
  const itemMean = means(all.items, all.ratings, all.itemCount);
  const added: [number, number, number][] = [];
  for (const row of forgetSet) {
    const user = original.interactions.users[row];
    const item = original.interactions.items[row];
    const rating = Number.isNaN(userMean[user]) ? itemMean[item] : userMean[user];
    if (!Number.isNaN(rating)) added.push([user, item, rating]);
  }
  const { users, items, ratings, size, userCount, itemCount } = left.interactions;
  const together = {
    userCount,
    itemCount,
    users: new Uint32Array(size + added.length),
    items: new Uint32Array(size + added.length),
    ratings: new Float64Array(size + added.length),
  };
  together.users.set(users);
  together.items.set(items);
  together.ratings.set(ratings);
  added.forEach(([user, item, rating], k) => {
    together.users[size + k] = user;
    together.items[size + k] = item;
    together.ratings[size + k] = rating;
  });
  return factorization(original.settings, interactionsOf(together));
}

/** Mean rating per key; NaN where there is none. */
function means(keys: Uint32Array, ratings: Float64Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  const counts = new Float64Array(count);
  for (let k = 0; k < keys.length; k++) {
    sums[keys[k]] += ratings[k];
    counts[keys[k]]++;
  }
  return sums.map((sum, k) => sum / counts[k]);
}

/** ∇ℓ(forgotten) − ∇ℓ(replacements) ∓ g = (g − ∇J_aim) ∓ g, g the gradient of the original objective. */
function rightHandSide(
  settings: StepSettings,
  params: Float64Array,
  original: Factorization,
  aim: Factorization,
  kernels: FactorKernels,
): Float64Array {
  const sign = { minus: -1, none: 0, plus: 1 }[settings.compensation];
  const aimed = gradientAt(aim, params, kernels);
  if (sign === -1) return aimed.map((x) => -x);
  return gradientAt(original, params, kernels).map((g, k) => g - aimed[k] + sign * g);
}

function gradientAt(objective: Factorization, params: Float64Array, kernels: FactorKernels): Float64Array {
  const session = kernels.open(objective.problem);
  try {
    session.setPoint(params);
    const gradient = new Float64Array(objective.parameterCount);
    session.evaluate(gradient);
    return gradient;
  } finally {
    session.close();
  }
}

/** H_uu⁻¹·rhs on the rows of these users; zero elsewhere. */
function userStep(
  curved: Factorization,
  params: Float64Array,
  targets: Uint32Array,
  rhs: Float64Array,
  kernels: FactorKernels,
): Pick<Solution, "value" | "status"> {
  const { stride, itemsAt } = placesOf(curved.shape);
  const session = kernels.open(curved.problem);
  try {
    session.setPoint(params);
    const failed = session.factorise("user", targets);
    const selected = new Float64Array(itemsAt);
    for (const u of targets) selected.set(rhs.subarray(u * stride, (u + 1) * stride), u * stride);
    const value = new Float64Array(params.length);
    session.applyInverse("user", selected, value.subarray(0, itemsAt));
    return { value, status: failed > 0 ? "breakdown" : "converged" };
  } finally {
    session.close();
  }
}

/** H⁻¹·rhs on all parameters. */
function fullStep(
  settings: StepSettings,
  curved: Factorization,
  trained: Trained,
  rhs: Float64Array,
  kernels: FactorKernels,
): Solution {
  const session = kernels.open(curved.problem);
  try {
    session.setPoint(trained.params);
    if (settings.solver !== undefined)
      return settings.solver.prepare(denseOf(hessianOperator(session, "full"))).solve(rhs);
    session.factorise("user");
    session.factorise("item");
    return solveHessian(curved, session, rhs, { tolerance: 1e-8 });
  } finally {
    session.close();
  }
}
