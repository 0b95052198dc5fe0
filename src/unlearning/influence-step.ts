/** One Newton step away from the forgotten rows, on all parameters or on the users' rows alone: what IF, CIF, SIF and SCIF share. */

import type { Rows } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { checkWhole, type Method, method, type Need } from "../method/method.ts";
import { placesOfRows } from "../model/tensors.ts";
import type { Objective } from "../objective/objective.ts";
import { addPenalty } from "../objective/penalty.ts";
import { gradientAt } from "../objective/session.ts";
import type { Solved } from "../training/newton/solve.ts";
import { type SolverSettings, solverAt } from "../training/solve.ts";
import type { Smooth, TrainedModel } from "../training/trained-model.ts";
import { aimOf } from "./aim.ts";
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
  /** Takes the whole L2 away with the forgotten rows, as UBPR prints it: it is no part of what they carry. */
  readonly takesL2?: boolean | undefined;
  /** What its numbers do not show. */
  readonly caveats?: readonly string[] | undefined;
}

/** The setting of a method whose paper prints another form. */
export const formSetting = {
  summary: "corrected, or as its paper prints it",
  standard: "corrected",
  choices: ["corrected", "printed"],
} as const;

/** Settings of every single step: how its system is solved. */
export const solverSettings = {
  solver: {
    summary: "how H is solved with; the dense ones are for small problems, lissa draws rows",
    standard: "iterative",
    choices: ["iterative", "cholesky", "pseudo-inverse", "lissa", "lissa-printed"],
  },
  samples: { summary: "of lissa: rows drawn", standard: 100_000, least: 1 },
  seed: { summary: "of lissa: the draw", standard: 1 },
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
export function influenceStep({ corrected, printed = corrected, ...entry }: StepEntry): Method<Unlearner> {
  return method({
    ...entry,
    settings: { form: formSetting, ...solverSettings },
    cost: "a solve",
    make: ({ form, ...solve }) => unlearnerBy(form === "printed" ? printed : corrected, solve),
  });
}

/** The unlearner that takes one step, its system solved as `solve` says. */
export function unlearnerBy(step: Step, solve: SolverSettings): Unlearner {
  checkWhole("samples", solve.samples ?? 1);
  return {
    guarantee: "approximate",
    forget: (model, forgetSet, context, options = {}) =>
      conclude(model, forgetSet, context, options, async (run) =>
        forgetSet.length === 0 ? unchanged(model) : stepped(step, model, forgetSet, run, solve),
      ),
  };
}

const collaborativeCaveat =
  "aims at a target that keeps one mean rating for every forgotten one: it does not approach the retrained model, by construction";
const usersCaveat = "items keep the trace of the forgotten ratings; other users' scores have not moved";

async function stepped(
  step: Step,
  model: TrainedModel,
  forgetSet: Rows,
  run: RunContext,
  solve: SolverSettings,
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
  const prepared = await solverAt(curved, params, run, { ...solve, support });
  const solved = await prepared.solve(rhs).finally(() => prepared.close());
  const caveats = [...(step.caveats ?? [])];
  if (step.collaborative) caveats.push(collaborativeCaveat);
  if (support !== undefined) caveats.push(supportCaveat(objective, support.places));
  caveats.push(...solverCaveats(solved, solve));
  const { value, status, residual } = solved;
  // Rows that stay, stay to the bit: −0 + 0 is +0.
  const moved = params.map((x, k) => (value[k] === 0 ? x : x + value[k]));
  return { model: movedTo(model, retain, moved), guarantee: "approximate", caveats, solver: { status, residual } };
}

/** What a solve that did not converge has to say; drawn rows seldom do. */
function solverCaveats({ status, residual }: Solved, { solver, samples }: SolverSettings): string[] {
  if (status === "converged") return [];
  if (!solver?.startsWith("lissa")) return [`the linear solver ended with ${status}`];
  if (status === "breakdown") return [`${solver} diverged: the parameters stay as they were`];
  return [`${solver} drew ${samples} rows, which leave a relative residual of ${residual.toExponential(1)}`];
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

/** ∇ℓ(forgotten) − ∇ℓ(replacements) ∓ g = (g − ∇J_aim) ∓ g, g the gradient of the original objective; as UBPR prints it with ∇R. */
async function rightHandSide(
  { compensation, takesL2 }: Step,
  params: Float64Array,
  original: Objective,
  aim: Objective,
  run: RunContext,
): Promise<Float64Array> {
  const sign = { minus: -1, none: 0, plus: 1 }[compensation];
  const aimed = await gradientAt(aim, params, run);
  if (sign === -1) return aimed.map((x) => -x);
  const side = (await gradientAt(original, params, run)).map((g, k) => g - aimed[k] + sign * g);
  if (takesL2) addPenalty(original.penalty, params, side);
  return side;
}

/** The Newton step of what is aimed at. */
export const newtonOf = (support: Step["support"], collaborative: boolean): Step => ({
  ...{ support, collaborative, hessian: "remaining", compensation: "minus" },
});
/** The step as Li et al. (2024) print it. */
export const printedOf = (support: Step["support"], collaborative: boolean): Step => ({
  ...{ support, collaborative, hessian: "original", compensation: collaborative ? "plus" : "none" },
});
