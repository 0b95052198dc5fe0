/** Whether what a folder says of its model is true: computed again from the parameters and the interactions alone. */

import type { Manifest } from "../../exchange/model/manifest.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { Certificate, Figures, StationaryCertificate } from "../../training/certificate.ts";
import { certify, certifySmooth, conclusionOf } from "../../training/certify.ts";
import { gradientRounding } from "../../training/rounding.ts";
import { misdealt } from "../../training/shards/deal.ts";
import { isLearned, type Sharding } from "../../training/shards/sharding.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import { endOf } from "../store/shards.ts";
import { type Difference, differencesOf, type ExpectedFigures, exactly, expectedFigures } from "./figures.ts";

/** What was found of a folder's claims. */
export interface Verified {
  /** Recomputed. */
  readonly certificate: Certificate;
  /** Stored figures that are not what was found. */
  readonly differs: Difference[];
  /** Figures that nothing in the folder can confirm: how training went, and what was of data that are gone. */
  readonly notVerifiable: string[];
  /** Whether nothing differs. */
  readonly agrees: boolean;
}

/** Parameters of one objective, and what may be stored of them. */
interface Recomputed {
  readonly smooth: Smooth;
  readonly certificate: StationaryCertificate;
  readonly expected: ExpectedFigures;
}

/** Where a training ended, as it was stored. */
type StoredEnd = Manifest["result"];

/** Recomputes every stored figure, and names those that cannot be. Counts and digests are compared when a folder is read. */
export async function verify(trained: TrainedModel, manifest: Manifest, run: RunContext): Promise<Verified> {
  const last = manifest.forgotten?.at(-1);
  // Eight solves more, where they were made.
  const curvature = typeof last?.certificate?.curvature === "number";
  const whole = trained.smooth && (await recomputed(trained.smooth, run, curvature));
  const certificate = whole?.certificate ?? (await certify(trained, run));
  const differs = whole
    ? endDifferences(manifest.result, whole, "result")
    : await memberDifferences(trained, manifest, run);
  differs.push(...toleranceDifferences(trained, manifest), ...(await treeDifferences(trained, last?.guarantee, run)));
  const place = `forgotten.${(manifest.forgotten?.length ?? 0) - 1}`;
  if (last?.certificate)
    differs.push(...certificateDifferences(last.certificate, whole ?? certificate, `${place}.certificate`));
  if (last?.guarantee === "certified" && !certificate.converged)
    differs.push({ figure: `${place}.guarantee`, stored: last.guarantee, found: "approximate" });
  return { certificate, differs, notVerifiable: notVerifiable(manifest), agrees: differs.length === 0 };
}

async function recomputed(smooth: Smooth, run: RunContext, curvature = false): Promise<Recomputed> {
  const certificate = await certifySmooth(smooth, run, { curvature });
  return { smooth, certificate, expected: expectedFigures(certificate, await gradientRounding(smooth, run)) };
}

/** J, ‖∇J‖ and the status, which says whether ‖∇J‖ is within the tolerance. */
function endDifferences(
  { status, ...stored }: StoredEnd,
  { certificate, expected }: Pick<Recomputed, "certificate" | "expected">,
  place: string,
): Difference[] {
  const { objective, gradientNorm } = expected;
  const differs = differencesOf(stored, { objective, gradientNorm }, place);
  const { converged, tolerance } = certificate;
  // On the border another order of summation may fall on the other side.
  const border = Math.abs(certificate.gradientNorm - tolerance) <= (gradientNorm.allowed ?? 0);
  if (!statuses.includes(status) || ((status === "converged") !== converged && !border))
    differs.push({ figure: `${place}.status`, stored: status, found: converged ? "converged" : "step-limit" });
  return differs;
}

const statuses: readonly string[] = ["converged", "step-limit", "breakdown"] satisfies Smooth["status"][];

/** Trees that nothing was forgotten from but exactly are those that growing them again gives, to the byte. */
async function treeDifferences(
  { trees, trainer, seed, interactions, keys }: TrainedModel,
  guarantee: string | undefined,
  run: RunContext,
): Promise<Difference[]> {
  if (trees === undefined || (guarantee ?? "exact") !== "exact") return [];
  const again = await trainer.train({ interactions, keys }, seed, run);
  const [stored, found] = [trees, again.trees].map((some) => JSON.stringify([some?.booster.base, some?.booster.trees]));
  return stored === found ? [] : [{ figure: "trees", stored: "as they are", found: "others, grown again" }];
}

/** A tolerance that goes along with the data has to be that of the rows that are there. */
function toleranceDifferences({ smooth, shards }: TrainedModel, { training }: Manifest): Difference[] {
  if (!("tolerance" in training) || training.relativeTolerance === undefined) return [];
  const found = (smooth ?? shards?.[0]?.model.smooth)?.tolerance ?? null;
  return differencesOf({ tolerance: training.tolerance }, { tolerance: { found } }, "training");
}

/** A model in shards has no J of its own: each member has. Its rows must be where outside ids say. */
async function memberDifferences(trained: TrainedModel, manifest: Manifest, run: RunContext): Promise<Difference[]> {
  const sharding = "sharding" in manifest.training ? manifest.training.sharding : undefined;
  const differs: Difference[] = [];
  const found: Smooth[] = [];
  const allowed = { objective: 0, gradientNorm: 0 };
  for (const [k, { model }] of (trained.shards ?? []).entries()) {
    if (model.smooth === undefined || sharding === undefined) continue;
    const member = await recomputed(model.smooth, run);
    differs.push(...endDifferences(sharding.ends[k], member, `training.sharding.ends.${k}`));
    const { objective, gradientNorm } = member.certificate;
    found.push({ ...model.smooth, value: objective, gradientNorm });
    for (const name of ["objective", "gradientNorm"] as const) allowed[name] += member.expected[name].allowed ?? 0;
  }
  if (sharding === undefined || found.length === 0) return differs;
  const { status, value, gradientNorm } = endOf(found, trained.learned);
  const whole = {
    status: { found: status },
    objective: { found: value, allowed: allowed.objective },
    gradientNorm: { found: gradientNorm, allowed: allowed.gradientNorm },
  };
  differs.push(...differencesOf(manifest.result, whole, "result"));
  const elsewhere = misdealt(trained, sharding);
  if (elsewhere > 0)
    differs.push({ figure: "training.sharding", stored: `${elsewhere} rows elsewhere`, found: "none" });
  return differs;
}

/** A stored certificate beside the one that was found: its figures, and what they amount to. */
function certificateDifferences(
  stored: Readonly<Record<string, unknown>>,
  found: Recomputed | Certificate,
  place: string,
): Difference[] {
  if (!("expected" in found)) return differencesOf(stored, exactly({ ...found }), place);
  const { smooth, certificate, expected } = found;
  const figures: Record<string, unknown> = { ...certificate };
  const wrong = new Set(differencesOf(stored, expected, "").map(({ figure }) => figure));
  // Those that are right are taken as they were stored: rounding that falls on the other side of a bound is no lie.
  for (const name of Object.keys(expected)) if (!wrong.has(`.${name}`)) figures[name] = stored[name];
  const conclusion = conclusionOf(smooth, figures as unknown as Figures);
  return differencesOf(stored, { ...expected, ...exactly({ ...conclusion }) }, place);
}

/** What was learned beside members: where rows are, what was kept before a slice, and how the members are put together. */
function unseen(sharding: Sharding & { readonly learned?: unknown }): string[] {
  return [
    ...(isLearned(sharding) ? ["partition", "seed"] : []),
    ...(sharding.slices === undefined ? [] : ["slices"]),
    ...(sharding.learned === undefined ? [] : ["learned"]),
  ];
}

function toleranceFigures(training: Manifest["training"]): string[] {
  if (!("tolerance" in training)) return [];
  return [training.relativeTolerance === undefined ? "training.tolerance" : "training.relativeTolerance"];
}

/** How training went, and what was of data that are gone. */
function notVerifiable({ training, objective, result, forgotten, duplicates }: Manifest): string[] {
  const sharding = "sharding" in training ? training.sharding : undefined;
  return [
    ...["lethe", "training.trainer", "training.seed"],
    ...toleranceFigures(training),
    ...("recipe" in training && training.recipe ? ["training.recipe"] : []),
    ...(sharding ? ["inner", "aggregate", ...unseen(sharding)].map((name) => `training.sharding.${name}`) : []),
    // Drawn when the data were others.
    ...("sampling" in objective && objective.sampling ? ["objective.sampling"] : []),
    // Why it ended before it converged.
    ...(result.status === "converged" ? [] : ["result.status"]),
    ...(duplicates ? ["duplicates"] : []),
    ...(forgotten ? ["method", "guarantee", "requests", "rows"].map((name) => `forgotten.${name}`) : []),
  ];
}
