/** One Newton step away from the forgotten rows, on all parameters or on the users' rows alone: what IF, CIF, SIF and SCIF share. */

import type { Rows } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { type Method, method, type Need } from "../method/method.ts";
import { placesOfRows } from "../model/tensors.ts";
import type { Objective } from "../objective/objective.ts";
import { gradientAt } from "../objective/session.ts";
import { solverAt } from "../training/solve.ts";
import type { Smooth, TrainedModel } from "../training/trained-model.ts";
import { conclude, type Found, movedTo, unchanged } from "./conclude.ts";
import type { Unlearner } from "./unlearner.ts";

/** Which step. */
export interface Step {
  /** "all" parameters, or only the rows of "users" who lose a rating (then, in local models, every other user's scores stay to the bit). */
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
}

const solverSetting = {
  summary: "how H is solved with; the dense ones are for small problems",
  standard: "iterative",
  choices: ["iterative", "cholesky", "pseudo-inverse"],
} as const;

interface StepEntry {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly needs: readonly Need[];
  /** The right step, and the printed one where that is another. */
  readonly corrected: Step;
  readonly printed?: Step | undefined;
}

/** θ + H⁻¹[∇ℓ(forgotten) − ∇ℓ(replacements) ∓ g] (Li et al. 2024, Eq. 7 and 13, corrected), on the chosen support. */
export function influenceStep({ corrected, printed, ...entry }: StepEntry): Method<Unlearner> {
  const make = (step: Step, solver: string): Unlearner => ({
    guarantee: "approximate",
    forget: (model, forgetSet, context, options = {}) =>
      conclude(model, forgetSet, context, options, async (run) =>
        forgetSet.length === 0 ? unchanged(model) : stepped(step, model, forgetSet, run, solver),
      ),
  });
  if (printed === undefined)
    return method({
      ...entry,
      settings: { solver: solverSetting },
      cost: "a solve",
      make: ({ solver }) => make(corrected, solver),
    });
  return method({
    ...entry,
    settings: {
      form: {
        summary: "corrected, or as its paper prints it",
        standard: "corrected",
        choices: ["corrected", "printed"],
      },
      solver: solverSetting,
    },
    cost: "a solve",
    make: ({ form, solver }) => make(form === "printed" ? printed : corrected, solver),
  });
}

const collaborativeCaveat =
  "aims at a target that keeps one mean rating for every forgotten one: it does not approach the retrained model, by construction";
const usersCaveat = "items keep the trace of the forgotten ratings; other users' scores have not moved";

async function stepped(
  step: Step,
  model: TrainedModel,
  forgetSet: Rows,
  run: RunContext,
  solver: string,
): Promise<Found> {
  const { objective, params } = model.smooth as Smooth;
  const retain = objective.without(forgetSet);
  const users = usersOf(objective, forgetSet);
  const aim = step.collaborative ? aimOf(objective, retain, forgetSet) : retain;
  // Only these users' rows enter when only they move: the rest of the set need not be looked at.
  const near = (whole: Objective) => (step.support === "users" && whole.model.local ? onlyOf(whole, users) : whole);
  const [original, nearAim] = [near(objective), near(aim)];
  const rhs = await rightHandSide(step, params, original, nearAim, run);
  const support =
    step.support === "users" ? { places: placesOfRows(objective.tensors, "user", users), users } : undefined;
  const curved = step.hessian === "remaining" ? nearAim : original;
  const prepared = await solverAt(curved, params, run, { support, solver: solver as "iterative" });
  const { value, status } = await prepared.solve(rhs).finally(() => prepared.close());
  const caveats = step.collaborative ? [collaborativeCaveat] : [];
  if (support !== undefined) caveats.push(supportCaveat(objective, support.places));
  if (status !== "converged") caveats.push(`the linear solver ended with ${status}`);
  // Rows that stay, stay to the bit: −0 + 0 is +0.
  const moved = params.map((x, k) => (value[k] === 0 ? x : x + value[k]));
  return { model: movedTo(model, retain, moved), guarantee: "approximate", caveats };
}

function supportCaveat({ model }: Objective, { length }: Uint32Array): string {
  if (length === 0)
    return "this model has no rows of users: its parameters stay, with the trace of the forgotten interactions";
  return model.local ? usersCaveat : "items keep the trace of the forgotten ratings";
}

/** The users who lose a rating, ascending. */
function usersOf({ interactions }: Objective, forgetSet: Rows): Uint32Array {
  return Uint32Array.from(new Set(Array.from(forgetSet, (row) => interactions.users[row]))).sort();
}

/** The objective on these users' ratings alone: in a local model their gradients and blocks are those of the whole. */
function onlyOf(objective: Objective, users: Uint32Array): Objective {
  const { start, rows } = objective.interactions.byUser;
  const own: number[] = [];
  for (const u of users) for (let k = start[u]; k < start[u + 1]; k++) own.push(rows[k]);
  return objective.select(Uint32Array.from(own).sort());
}

/** What CIF and SCIF aim at: what remains, with z̄ = (u, i, mean of what u has left, else of what i has left) for every forgotten (u, i). */
export function aimOf(original: Objective, retain: Objective, forgetSet: Rows): Objective {
  const all = retain.interactions;
  const userMean = means(all.users, all.ratings, all.userCount);
  const itemMean = means(all.items, all.ratings, all.itemCount);
  const users: number[] = [];
  const items: number[] = [];
  const added: number[] = [];
  for (const row of forgetSet) {
    const user = original.interactions.users[row];
    const item = original.interactions.items[row];
    const rating = Number.isNaN(userMean[user]) ? itemMean[item] : userMean[user];
    if (Number.isNaN(rating)) continue;
    users.push(user);
    items.push(item);
    added.push(rating);
  }
  return retain.with({ users, items, ratings: added });
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
async function rightHandSide(
  { compensation }: Step,
  params: Float64Array,
  original: Objective,
  aim: Objective,
  run: RunContext,
): Promise<Float64Array> {
  const sign = { minus: -1, none: 0, plus: 1 }[compensation];
  const aimed = await gradientAt(aim, params, run);
  if (sign === -1) return aimed.map((x) => -x);
  return (await gradientAt(original, params, run)).map((g, k) => g - aimed[k] + sign * g);
}

/** The Newton step of what is aimed at. */
export const newtonOf = (support: Step["support"], collaborative: boolean): Step => ({
  ...{ support, collaborative, hessian: "remaining", compensation: "minus" },
});
/** The step as Li et al. (2024) print it. */
export const printedOf = (support: Step["support"], collaborative: boolean): Step => ({
  ...{ support, collaborative, hessian: "original", compensation: collaborative ? "plus" : "none" },
});
