/** What all unlearners end with: the certificate on the retained data. */

import type { Rows } from "../data/interactions.ts";
import type { RunContext } from "../kernel/run-context.ts";
import { norm } from "../numeric/vector.ts";
import type { Objective } from "../objective/objective.ts";
import { gradientAt } from "../objective/session.ts";
import { certify } from "../training/certify.ts";
import { type Smooth, smoothModel, type TrainedModel } from "../training/trained-model.ts";
import type { ForgetOptions, Forgotten, Guarantee, SolverEnd } from "./unlearner.ts";

/** What an unlearner found. */
export interface Found {
  readonly model: TrainedModel;
  readonly guarantee: Guarantee;
  readonly membersHit?: number | undefined;
  readonly solver?: SolverEnd | undefined;
  readonly caveats: readonly string[];
}

/** Times the work and counts its passes, certifies its result on the retain objective, and puts the two together. */
export function conclude(
  model: TrainedModel,
  forgetSet: Rows,
  run: RunContext,
  options: ForgetOptions,
  work: (run: RunContext) => Promise<Found>,
): Promise<Forgotten> {
  const before = (found: TrainedModel) => gradientNormBefore(model, found, forgetSet, run);
  return concluded({ rows: model.interactions.size, before }, run, options, async (context) => {
    const found = await work(context);
    return { ...found, caveats: [...found.caveats, ...dataCaveats(found.model)] };
  });
}

/** What work is measured by: rows of a pass, and ‖∇J‖ before it, of the objective that it ends on. */
export interface Measure {
  readonly rows: number;
  before(found: TrainedModel): Promise<number | null>;
}

/** The same for work that ends on any rows. */
export async function concluded(
  { rows, before }: Measure,
  run: RunContext,
  options: ForgetOptions,
  work: (run: RunContext) => Promise<Found>,
): Promise<Forgotten> {
  const begun = performance.now();
  let rowsRead = 0;
  const onRows = (read: number) => {
    rowsRead += read;
    run.onRows?.(read);
  };
  const found = await work({ ...run, onRows });
  const worked = performance.now();
  const judged = withTolerance(found.model, options.tolerance);
  const certificate = await certify(judged, run, options);
  const certified = performance.now();
  return {
    model: { ...withFigures(judged, certificate), origin: "forgotten" },
    guarantee: found.guarantee,
    ...(found.membersHit === undefined ? {} : { membersHit: found.membersHit }),
    ...(found.solver === undefined ? {} : { solver: found.solver }),
    certificate,
    gradientNormBefore: await before(found.model),
    passes: rowsRead / Math.max(1, rows),
    milliseconds: { forget: worked - begun, certify: certified - worked },
    caveats: found.caveats,
  };
}

function withTolerance(model: TrainedModel, tolerance: number | undefined): TrainedModel {
  if (model.smooth === undefined || tolerance === undefined) return model;
  return { ...model, smooth: { ...model.smooth, tolerance, relativeTolerance: undefined } };
}

/** The model with what its certificate found. */
function withFigures(model: TrainedModel, certificate: Forgotten["certificate"]): TrainedModel {
  const { smooth } = model;
  if (smooth === undefined || certificate.gradientNorm === null) return model;
  const { objective: value, gradientNorm, tolerance, converged } = certificate;
  const status = !Number.isFinite(value) ? "breakdown" : converged ? "converged" : "step-limit";
  return { ...model, smooth: { ...smooth, value, gradientNorm, tolerance, status } };
}

function dataCaveats({ smooth }: TrainedModel): string[] {
  return smooth?.objective.model.data ? ["the forgotten interactions are gone from the graph or input as well"] : [];
}

async function gradientNormBefore(
  { smooth }: TrainedModel,
  found: TrainedModel,
  forgetSet: Rows,
  run: RunContext,
): Promise<number | null> {
  if (smooth === undefined) return null;
  const retain =
    found.smooth?.params.length === smooth.params.length ? found.smooth.objective : smooth.objective.without(forgetSet);
  return norm(await gradientAt(retain, smooth.params, run));
}

/** The model with other parameters, on what remains. */
export function movedTo(model: TrainedModel, retain: Objective, params: Float64Array): TrainedModel {
  const smooth = model.smooth as Smooth;
  const { trainer, seed, origin } = model;
  return smoothModel({ ...smooth, objective: retain, params, trainer, seed, origin });
}

/** Forgetting nothing: the same parameters, to the byte. */
export function unchanged(model: TrainedModel): Found {
  const settled = model.smooth === undefined || model.smooth.status === "converged";
  return { model, guarantee: settled ? "exact" : "approximate", caveats: [] };
}
