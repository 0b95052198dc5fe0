/** Influence through Gauss-Newton's curvature on sketched gradients, averaged over seeds of training. */

import { LetheError } from "../errors.ts";
import { cholesky } from "../linear/cholesky.ts";
import type { Solution } from "../linear/solver.ts";
import { worseStatus } from "../linear/status.ts";
import type { EstimateRun, Estimator } from "../method/estimator.ts";
import { checkWhole, method } from "../method/method.ts";
import { smoothParameters, tablesWithL2 } from "../method/needs.ts";
import type { Players } from "../method/players.ts";
import { rowAt } from "../model/tensors.ts";
import { keyedUniform, randomOf } from "../numeric/random.ts";
import { differentiable } from "../objective/differentiable.ts";
import type { Loss } from "../objective/loss.ts";
import type { Objective } from "../objective/objective.ts";
import { penaltyWeights } from "../objective/penalty.ts";
import { asTable, rowKeyOf } from "../objective/place-keys.ts";
import { openObjective } from "../objective/session.ts";
import type { Target } from "../objective/target.ts";
import { refit } from "../training/refit.ts";
import type { Smooth, TrainedModel } from "../training/trained-model.ts";
import { byTarget, type Contribution, sumOverRows } from "./by-target.ts";
import { alongDirection } from "./first-order.ts";
import { influenceFunctionProperties } from "./influence-function.ts";

/**
 * −(Sᵀτ)ᵀ(SᵀΛ^−½JᵀWJΛ^−½S + I)⁻¹Sᵀg with τ and g the gradients of target and row times Λ^−½, J the scores' (or margins') gradients, W the loss's second
 * derivatives, Λ the L2 and S a count sketch of the tables' rows, E SSᵀ = I (Park, Georgiev, Ilyas, Leclerc & Madry 2023, Eq. 13, with the L2 and W that it leaves out). What has no L2 is not
 * sketched. Without collisions it is the influence function with Gauss-Newton's curvature. Cost: m products with it once and O(m³), then O(m² + p) a target and O(d) a row.
 */
export const trak = method({
  name: "trak",
  summary: "influence through Gauss-Newton's curvature on sketched gradients, averaged over seeds of training",
  source: "Park, Georgiev, Ilyas, Leclerc and Madry (2023), Eq. 13",
  needs: [smoothParameters, tablesWithL2],
  settings: {
    size: { summary: "dimensions that each table is sketched to", standard: 128, least: 1 },
    models: {
      summary: "models that are averaged: this one, and others trained from the seeds after its own",
      standard: 1,
      least: 1,
    },
    form: {
      summary: "corrected: with the L2 and the loss's second derivatives; printed: without both",
      standard: "corrected",
      choices: ["corrected", "printed"],
    },
    seed: { summary: "of the sketch", standard: 1, least: 0 },
  },
  cost: "a solve a target",
  // m dimensions of the sketch.
  properties: {
    ...influenceFunctionProperties,
    ...{ full: "O(K(T + mnp + m³))", further: "O(K(np + m²))", space: "O(n + p + Km²)", storage: "O(K(p + m²))" },
    traits: [
      ...influenceFunctionProperties.traits.filter((trait) => trait !== "high instance cost"),
      ...(["high upfront cost", "amortizable"] as const),
    ],
  },
  make: ({ size, models, form, seed }): Estimator => {
    for (const [name, value] of Object.entries({ size, models, seed })) checkWhole(name, value);
    return {
      async prepare(model, run) {
        const members: Member[] = [];
        const close = () => {
          for (const member of members) member.close();
        };
        try {
          for (let k = 0; k < models; k++) {
            const trained = k === 0 ? model : await refit(model, new Uint32Array(0), model.seed + k, run);
            members.push(await memberOf(trained, { size, form: form as Form, seed: seed + k }, run));
          }
        } catch (error) {
          close();
          throw error;
        }
        return byTarget(run, meanOf(members), close);
      },
    };
  },
});

type Form = "corrected" | "printed";

/** What a sketch is made by. */
interface SketchSettings {
  readonly size: number;
  readonly form: Form;
  readonly seed: number;
}

/** One model, its curvature on the sketch factored. */
interface Member {
  influence(target: Target, players: Players): Promise<Contribution>;
  close(): void;
}

async function memberOf({ smooth }: TrainedModel, settings: SketchSettings, run: EstimateRun): Promise<Member> {
  const { objective, params } = smooth as Smooth;
  const sketch = sketchOf(objective, settings);
  const curved = settings.form === "printed" ? unweighted(objective) : objective;
  const values = await curvatureOn(sketch, curved, params, run);
  const { solve } = cholesky().prepare({ order: sketch.order, values });
  const session = openObjective(objective, params, run);
  const direction = async (gradient: Float64Array) => lifted(sketch, await solve(sketched(sketch, gradient)));
  return { influence: sumOverRows(alongDirection(session, direction)), close: () => session.close() };
}

/** The same objective with 1 for the loss's second derivatives by scores, or margins. */
function unweighted(objective: Objective): Objective {
  const { settings, interactions, keys, negatives, matrices } = objective;
  const { loss } = settings;
  if (loss.form === "listwise")
    throw new LetheError(
      "unsupported",
      `the printed form has one output a row, and the loss ${loss.name} reads lists`,
      "set `form` to corrected",
    );
  if (loss.name === "squared") return objective;
  const curvature: Loss["curvature"] = (_scores, _examples, tangent, out) =>
    tangent.forEach((x, n) => {
      out[n] = loss.form === "pairwise" ? x - tangent[n ^ 1] : x;
    });
  // Kernels know a loss by its name.
  const plain = { ...loss, name: `${loss.name} unweighted`, curvature };
  return differentiable({ ...settings, loss: plain }, interactions, keys, { negatives, matrices });
}

/** What every parameter is in the sketch: a coordinate, and the factor (sign over √λ) with which it goes there. */
interface Sketch {
  readonly order: number;
  readonly coordinates: Uint32Array;
  readonly factors: Float64Array;
  /** What stays on the diagonal of each coordinate: 1, the L2; 0 where there is none. */
  readonly ridge: Float64Array;
  /** Σ λ·factor² of each coordinate: what a product with the whole curvature counts of the L2. */
  readonly penalty: Float64Array;
}

/** Rows of a table go whole to a bucket with a sign, drawn by outside ids: factors that turn turn in the sketch alike. A table that fits keeps its rows apart. */
function sketchOf({ tensors, keys, penalty, parameterCount }: Objective, { size, form, seed }: SketchSettings): Sketch {
  const stream = randomOf(seed, "trak").integer(2 ** 53);
  const weights = penaltyWeights(penalty, parameterCount);
  const coordinates = new Uint32Array(parameterCount);
  const factors = new Float64Array(parameterCount);
  let order = 0;
  tensors.forEach((tensor, n) => {
    const { rows, width } = asTable(tensor);
    const free = weights[tensor.at] === 0 && tensor.rowsOf === undefined;
    const buckets = free ? rows : Math.min(rows, Math.max(1, Math.floor(size / width)));
    for (let r = 0; r < rows; r++) {
      const draw = 2 * keyedUniform(stream, rowKeyOf(tensor, keys, r), n, 0);
      const bucket = buckets === rows ? r : Math.floor((draw % 1) * buckets);
      const from = tensor.rowsOf === undefined ? tensor.at + r : rowAt(tensor, r);
      for (let f = 0; f < width; f++) {
        const weight = free ? 1 : weights[from + f];
        coordinates[from + f] = order + bucket * width + f;
        // What neither a row nor the L2 reads has no gradient.
        factors[from + f] = weight === 0 ? 0 : (draw < 1 ? -1 : 1) / (form === "printed" ? 1 : Math.sqrt(weight));
      }
    }
    order += buckets * width;
  });
  checkOrder(order, size);
  const ridge = new Float64Array(order).fill(form === "printed" ? 0 : 1);
  const counted = new Float64Array(order);
  coordinates.forEach((c, place) => {
    counted[c] += weights[place] * factors[place] ** 2;
    if (factors[place] !== 0 && weights[place] === 0) ridge[c] = 0;
  });
  return { order, coordinates, factors, ridge, penalty: counted };
}

/** Beyond this factoring takes seconds in one piece. */
const mostDimensions = 2000;

function checkOrder(order: number, size: number): void {
  if (order > mostDimensions)
    throw new LetheError(
      "bad-input",
      `\`size\` is ${size}, with which the sketch has ${order} dimensions; at most ${mostDimensions} can be factored`,
      "set `size` lower",
    );
}

/** Sᵀx. */
function sketched({ order, coordinates, factors }: Sketch, vector: Float64Array): Float64Array {
  const out = new Float64Array(order);
  for (let k = 0; k < vector.length; k++) out[coordinates[k]] += factors[k] * vector[k];
  return out;
}

/** S·x: a solution on the sketch as a direction of the parameters. */
function lifted({ coordinates, factors }: Sketch, { value, status, residual }: Solution) {
  return { value: factors.map((factor, k) => factor * value[coordinates[k]]), status, residual };
}

/** SᵀJᵀWJS + the L2, one product with Gauss-Newton's curvature a coordinate. */
async function curvatureOn(
  sketch: Sketch,
  objective: Objective,
  params: Float64Array,
  run: EstimateRun,
): Promise<Float64Array> {
  const { order, coordinates, factors, ridge, penalty } = sketch;
  const values = new Float64Array(order * order);
  const product = new Float64Array(factors.length);
  const session = openObjective(objective, params, run);
  try {
    for (let c = 0; c < order; c++) {
      const column = factors.map((factor, k) => (coordinates[k] === c ? factor : 0));
      await session.product(column, product, "gauss-newton");
      values.set(sketched(sketch, product), c * order);
      values[c * order + c] += ridge[c] - penalty[c];
      run.onProgress?.({ phase: "sketch", step: c + 1, fraction: (c + 1) / order });
    }
  } finally {
    session.close();
  }
  return values;
}

/** The mean of what the models find, with its standard error where there are several. */
function meanOf(members: readonly Member[]): Member["influence"] {
  if (members.length === 1) return members[0].influence;
  return async (target, players) => {
    const found: Contribution[] = [];
    for (const { influence } of members) found.push(await influence(target, players));
    const n = found.length;
    const scores = found[0].scores.map((_, k) => found.reduce((sum, one) => sum + one.scores[k], 0) / n);
    const squares = scores.map((mean, k) => found.reduce((sum, one) => sum + (one.scores[k] - mean) ** 2, 0));
    return {
      scores,
      standardErrors: squares.map((square) => Math.sqrt(square / (n * (n - 1)))),
      statuses: found[0].statuses.map((_, k) => found.map(({ statuses }) => statuses[k]).reduce(worseStatus)),
      residual: Math.max(...found.map(({ residual }) => residual)),
    };
  };
}
