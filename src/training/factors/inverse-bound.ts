/** A bound on the inverse Hessian of a factorization from above, cheap to multiply with: slow modes exactly, the rest by a polynomial. */

import type { FactorSession } from "../../kernel/kernels.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import { aboveInverse } from "../../linear/inverse-polynomial.ts";
import { lanczos, type Ritz } from "../../linear/lanczos.ts";
import type { LinearOperator } from "../../linear/solver.ts";
import { offRotations, splitRotation, withoutDust } from "../../model/rotations.ts";
import { randomOf } from "../../numeric/random.ts";
import { addScaled, dot, scaleAndAdd } from "../../numeric/vector.ts";
import type { Factorization } from "../../objective/factorization.ts";
import { blockPreconditioner } from "./preconditioner.ts";

/** Lanczos steps that find the modes, and the largest relative error of a mode that counts as found. */
const steps = 120;
const foundWithin = 1e-4;
/** Modes from here on are left to the polynomial. */
const slowBelow = 0.6;
/** Of the polynomial's residual. */
const degree = 6;

/** Modes v of S·v = w·M·v below `from`, vᵀMv = 1, all of them; every other w is within [from, to]. */
interface Modes {
  readonly values: readonly number[];
  readonly vectors: readonly Float64Array[];
  readonly from: number;
  readonly to: number;
}

/**
 * G ≥ H⁺ at the session's point, off the rotations, as an operator on full vectors. With the users eliminated H⁻¹ is A⁻¹ and S⁻¹ between two
 * couplings, and S⁻¹ the sum of v vᵀ/w over the modes of S·v = w·M·v: the slow ones are known, and for the others a polynomial is above 1/w.
 * The session must hold the inverse blocks of both sides. Undefined where S has a mode of w ≤ 0. Cost: 120 products with S, then six each time.
 */
export async function inverseBound(
  objective: Factorization,
  session: FactorSession,
  run: Pick<RunContext, "yieldToEventLoop">,
): Promise<LinearOperator | undefined> {
  const preconditioner = blockPreconditioner(objective.problem, session);
  const modes = await modesOf(objective, session, preconditioner, run);
  return modes && throughBlocks(session, reducedBound(session, preconditioner, modes));
}

async function modesOf(
  objective: Factorization,
  session: FactorSession,
  preconditioner: LinearOperator,
  run: Pick<RunContext, "yieldToEventLoop">,
): Promise<Modes | undefined> {
  const size = session.reducedCount;
  const project = offItemTurns(objective, session);
  const random = randomOf(1, "modes");
  const start = Float64Array.from({ length: size }, () => random.normal());
  const schur: LinearOperator = { size, apply: (v, out) => session.schurProduct(v, out) };
  return chosen(await lanczos(schur, start, { steps, preconditioner, project, onStep: run.yieldToEventLoop }));
}

/** Off the rotations of every component, in reduced vectors. */
function offItemTurns({ shape, interactions }: Factorization, session: FactorSession): (vector: Float64Array) => void {
  const point = new Float64Array(session.parameterCount);
  session.getPoint(point);
  const items = withoutDust(point).subarray(session.parameterCount - session.reducedCount);
  const { components } = interactions;
  const { factors: width, itemCount: rows } = shape;
  const whole = { width, tables: [{ at: 0, rows, rowStride: session.stride, columnStride: 1 }] };
  return offRotations(components.count === 1 ? [whole] : splitRotation(whole, components.ofItem), items);
}

/** The Ritz pairs from below that are found, and where those begin that are not. */
function chosen({ values, errors, vector }: Ritz): Modes | undefined {
  const last = values.length - 1;
  let k = last;
  while (k >= 0 && values[k] < slowBelow && errors[k] <= foundWithin * values[k]) k--;
  const slow = Array.from({ length: last - k }, (_, n) => last - n);
  const from = k < 0 ? values[0] : values[k] - errors[k];
  if (!(from > 0 && slow.every((n) => values[n] > 0))) return undefined;
  return {
    values: slow.map((n) => values[n]),
    vectors: slow.map((n) => vector(n)),
    ...{ from, to: values[0] + errors[0] },
  };
}

/** Reduced: p(M⁻¹S)·M⁻¹ with a polynomial p(w) ≥ 1/w, and what the slow modes have beyond that. */
function reducedBound(session: FactorSession, preconditioner: LinearOperator, modes: Modes): LinearOperator {
  const { steps: semiIteration, scale, at } = aboveInverse(modes.from, modes.to, degree);
  const weights = modes.values.map((w) => 1 / w - at(w));
  const size = session.reducedCount;
  const [residual, product, step, turned] = Array.from({ length: 4 }, () => new Float64Array(size));
  return {
    size,
    apply(input, output) {
      residual.set(input);
      output.fill(0);
      semiIteration.forEach(({ keep, add }, k) => {
        if (k > 0) {
          session.schurProduct(step, product);
          addScaled(residual, -1, product);
        }
        preconditioner.apply(residual, turned);
        for (let n = 0; n < size; n++) step[n] = (k > 0 ? keep * step[n] : 0) + add * turned[n];
        addScaled(output, scale, step);
      });
      modes.vectors.forEach((vector, k) => {
        addScaled(output, weights[k] * dot(vector, input), vector);
      });
    },
  };
}

/** The whole from the reduced part, as in a solve by elimination. */
function throughBlocks(session: FactorSession, reduced: LinearOperator): LinearOperator {
  const itemsAt = session.parameterCount - session.reducedCount;
  const eliminated = new Float64Array(itemsAt);
  const coupled = new Float64Array(session.reducedCount);
  return {
    size: session.parameterCount,
    async apply(input, output) {
      const rest = output.subarray(itemsAt);
      session.applyInverse("user", input.subarray(0, itemsAt), eliminated);
      session.itemCoupling(eliminated, coupled);
      scaleAndAdd(coupled, -1, input.subarray(itemsAt));
      await reduced.apply(coupled, rest);
      session.userCoupling(rest, eliminated);
      scaleAndAdd(eliminated, -1, input.subarray(0, itemsAt));
      session.applyInverse("user", eliminated, output.subarray(0, itemsAt));
    },
  };
}
