/** Fast influence functions: rows near the target alone, and a solution by drawn rows, averaged over seeds. */

import type { Rows } from "../data/interactions.ts";
import type { SolveStatus } from "../linear/solver.ts";
import type { Estimator } from "../method/estimator.ts";
import { checkWhole, method, type Need } from "../method/method.ts";
import type { Players } from "../method/players.ts";
import type { Pairs } from "../model/model.ts";
import { rowAt } from "../model/tensors.ts";
import { randomOf } from "../numeric/random.ts";
import { addScaled, difference, norm } from "../numeric/vector.ts";
import type { Objective } from "../objective/objective.ts";
import { rowPlaces } from "../objective/row-places.ts";
import { type ObjectiveSession, openObjective } from "../objective/session.ts";
import type { Target } from "../objective/target.ts";
import type { HessianSolver, Solved } from "../training/newton/solve.ts";
import { solverAt } from "../training/solve.ts";
import type { Smooth } from "../training/trained-model.ts";
import { byTarget, type Contribution, sumOverRows } from "./by-target.ts";
import { alongDirection } from "./first-order.ts";
import { influenceFunctionProperties } from "./influence-function.ts";

/** Rows whose loss reads one user and few items: no graph, no autoencoder, no loss on whole lists. LiSSA takes products with what one row reads. */
export const sparseRows: Need = {
  name: "rows that read one user and few items",
  unmet: ({ smooth, kind, shards }) => {
    if (smooth === undefined) return `${shards ? "a model in shards" : kind} has no parameters of its own`;
    if (rowPlaces(smooth.objective) !== undefined) return undefined;
    return `every row of ${kind} under the loss ${smooth.objective.settings.loss.name} reads all`;
  },
};

const settings = {
  candidates: {
    summary: "rows that are looked at: those of the target's user and item, and the nearest others",
    standard: 1000,
    least: 1,
  },
  seeds: { summary: "series whose mean is taken", standard: 4, least: 1 },
  passes: { summary: "rows drawn for each series, in multiples of the number of rows", standard: 10, above: 0 },
  damping: { summary: "added to the diagonal of H", standard: 0, least: 0 },
  tolerance: {
    summary: "relative residual of the mean, above which the status is step-limit",
    standard: 0.5,
    above: 0,
  },
  seed: { summary: "of all draws", standard: 1, least: 0 },
} as const;

/**
 * −s̄ᵀ∇ℓ_k for candidates, 0 for all other rows: s̄ the mean of several series by LiSSA (survey, Eq. 34) on the Gauss-Newton Hessian; candidates share the
 * target's user or item, or have the nearest embeddings (Guo, Rajani, Hase, Bansal and Xiong 2021). Standard errors are those over the seeds. Cost: `seeds`·`passes` times
 * O(d) a row for every target.
 */
export const fastIf = method({
  name: "fast-if",
  summary: "influence of rows near the target, with H⁻¹ by series of drawn rows and standard errors over their seeds",
  source: "Guo, Rajani, Hase, Bansal and Xiong (2021)",
  needs: [sparseRows],
  settings,
  cost: "a series a target",
  properties: influenceFunctionProperties,
  make: (given): Estimator => {
    const { candidates, seeds, seed, passes, damping } = given;
    for (const [name, value] of Object.entries({ candidates, seeds, seed })) checkWhole(name, value);
    return {
      async prepare(model, run) {
        const { objective, params } = model.smooth as Smooth;
        const session = openObjective(objective, params, run);
        const samples = Math.ceil(passes * objective.units.length);
        const series: HessianSolver[] = [];
        for (let k = 0; k < seeds; k++) {
          const drawn = {
            solver: "lissa",
            samples,
            damping,
            seed: randomOf(seed, "fast-if", k).integer(2 ** 31),
          } as const;
          series.push(await solverAt(objective, params, run, drawn));
        }
        const asked: Asked = { objective, params, session, series, ...given };
        // Whoever asks about the same target again, with other players, asks of the same draws.
        let last: { readonly target: Target; readonly drawn: Drawn } | undefined;
        return byTarget(
          run,
          async (target, players) => {
            if (last?.target !== target) last = { target, drawn: await drawnFor(asked, target) };
            return contribution(asked, last.drawn, target, players);
          },
          () => session.close(),
        );
      },
    };
  },
});

interface Asked {
  readonly objective: Objective;
  readonly params: Float64Array;
  readonly session: ObjectiveSession;
  readonly series: readonly HessianSolver[];
  readonly candidates: number;
  readonly damping: number;
  readonly tolerance: number;
}

/** What every series found for a target. */
interface Drawn {
  readonly gradient: Float64Array;
  readonly solutions: readonly Solved[];
  readonly mean: Float64Array;
}

async function drawnFor({ session, series }: Asked, target: Target): Promise<Drawn> {
  const { gradient } = await session.targetGradient(target);
  const mean = new Float64Array(gradient.length);
  const solutions: Solved[] = [];
  for (const one of series) {
    const solved = await one.solve(gradient);
    addScaled(mean, 1 / series.length, solved.value);
    solutions.push(solved);
  }
  return { gradient, solutions, mean };
}

async function contribution(asked: Asked, drawn: Drawn, target: Target, players: Players): Promise<Contribution> {
  const { objective, params, session, tolerance } = asked;
  const { solutions, mean, gradient } = drawn;
  const near = candidateRows(objective, params, target.pairs, asked.candidates);
  const found: Float64Array[] = [];
  for (const solved of solutions) {
    const through = alongDirection(session, () => solved, true);
    const masked = async (_: Target, rows: Rows) => {
      const along = await through(target, rows);
      return { ...along, scores: along.scores.map((x, k) => (near[rows[k]] === 1 ? x : 0)) };
    };
    found.push((await sumOverRows(masked)(target, players)).scores);
  }
  const squares = solutions.reduce((sum, { residual }) => sum + residual ** 2, 0) / solutions.length;
  const ended = judged(solutions.length, await residualOf(asked, mean, gradient), squares, tolerance);
  const broken = solutions.some(({ status }) => status === "breakdown");
  const status: SolveStatus = broken ? "breakdown" : ended.status;
  const notes = [await recallNote(session, mean, near)];
  const statuses = new Array<SolveStatus>(players.count).fill(status);
  return { ...averaged(found, players, near), residual: ended.residual, notes, statuses };
}

/** Means over the seeds and their standard errors; NaN where one seed, or no candidate, tells of none. */
function averaged(drawn: readonly Float64Array[], players: Players, near: Uint8Array) {
  const count = drawn.length;
  const scores = new Float64Array(players.count);
  const standardErrors = new Float64Array(players.count);
  for (let k = 0; k < players.count; k++) {
    const mean = drawn.reduce((sum, values) => sum + values[k], 0) / count;
    const square = drawn.reduce((sum, values) => sum + (values[k] - mean) ** 2, 0);
    const looked = players.rows(k).some((row) => near[row] === 1);
    scores[k] = mean;
    standardErrors[k] = looked && count > 1 ? Math.sqrt(square / (count - 1) / count) : Number.NaN;
  }
  return { scores, standardErrors };
}

/**
 * What all series leave of the right-hand side, and whether that is too much. Draws add to the square of a series' residual, and to the mean's one over the
 * number of seeds of it; what is more than that, every series has, because it is too short. That counts where it is most of the squares. One seed tells the
 * two not apart.
 */
function judged(seeds: number, ofMean: number, meanSquare: number, tolerance: number) {
  const square = seeds === 1 ? meanSquare : Math.max(0, seeds * ofMean ** 2 - meanSquare) / (seeds - 1);
  const residual = Math.sqrt(square);
  const short = residual > tolerance && square > 0.5 * meanSquare;
  return { residual, status: short ? "step-limit" : "converged" } as const;
}

/** ‖gradient − (H + damping)·value‖ / ‖gradient‖, H Gauss-Newton's. */
async function residualOf({ session, damping }: Asked, value: Float64Array, gradient: Float64Array): Promise<number> {
  const product = new Float64Array(value.length);
  await session.product(value, product, "gauss-newton");
  addScaled(product, damping, value);
  return norm(difference(gradient, product)) / (norm(gradient) || 1);
}

/**
 * 1 for rows that share the user or the item of one of the pairs, and for those next in the distance √(‖p − p′‖² + ‖q − q′‖²) of their embeddings from
 * a pair's, as many as are wanted in all; rows as far as the last of them count too.
 */
function candidateRows(
  objective: Objective,
  params: Float64Array,
  { users, items }: Pairs,
  wanted: number,
): Uint8Array {
  const { interactions } = objective;
  const distances = new Float64Array(interactions.size).fill(Number.POSITIVE_INFINITY);
  for (let n = 0; n < users.length; n++) {
    const ofUser = distancesFrom(objective, params, "user", users[n]);
    const ofItem = distancesFrom(objective, params, "item", items[n]);
    for (let row = 0; row < distances.length; row++) {
      const [user, item] = [interactions.users[row], interactions.items[row]];
      const shared = user === users[n] || item === items[n];
      distances[row] = Math.min(distances[row], shared ? -1 : ofUser[user] + ofItem[item]);
    }
  }
  const last = distances.slice().sort()[Math.min(wanted, distances.length) - 1];
  return Uint8Array.from(distances, (distance) => (distance <= last || distance < 0 ? 1 : 0));
}

/** Squared distances of all embeddings of a side from one of them; biases are none. */
function distancesFrom({ model }: Objective, params: Float64Array, side: "user" | "item", index: number): Float64Array {
  const out = new Float64Array(side === "user" ? model.userCount : model.itemCount);
  for (const tensor of model.tensors) {
    if (tensor.rowsOf !== side || tensor.penalised === "bias") continue;
    const from = rowAt(tensor, index);
    for (let r = 0; r < out.length; r++) {
      const at = rowAt(tensor, r);
      for (let f = 0; f < tensor.width; f++) out[r] += (params[at + f] - params[from + f]) ** 2;
    }
  }
  return out;
}

/** Of how many rows recall is told. */
const most = 10;

/** How many rows are candidates, and how many of the rows that the same solution finds largest are among them. */
async function recallNote(session: ObjectiveSession, direction: Float64Array, near: Uint8Array): Promise<string> {
  const rows = Uint32Array.from(near, (_, row) => row);
  const sizes = (await session.rowsAlong(rows, direction, { fixedData: true })).map(Math.abs);
  const largest = [...rows].sort((a, b) => sizes[b] - sizes[a] || a - b).slice(0, most);
  const found = largest.filter((row) => near[row] === 1).length;
  const count = near.reduce((sum, x) => sum + x, 0);
  return `${count} of ${near.length} rows are candidates, the others have 0; recall@${largest.length} is ${found / largest.length}`;
}
