/** Whether trainings of closed forms that begin at random factors end elsewhere. */

import { LetheError } from "../errors.ts";
import { inParts } from "../run.ts";
import type { Certificate } from "./certificate.ts";
import { dataWithout } from "./refit.ts";
import { distanceFrom, type ScoreDistance } from "./sameness.ts";
import { scoresOn } from "./scores-on.ts";
import { askedOr } from "./tolerance.ts";
import type { Smooth, TrainedModel, TrainRun } from "./trained-model.ts";
import { alsNewton } from "./trainer.ts";

/** Whether other starts end elsewhere, as far as that was proved or seen. */
export interface OtherStarts {
  /**
   * "seen": one ended elsewhere. "proved-not": by the duality gap no parameters have a lower J, and none as low an other scores. "not-seen": those
   * that were tried ended here. "not-tried": nothing is known.
   */
  readonly verdict: "proved-not" | "not-seen" | "seen" | "not-tried";
  /** Starts that were tried. */
  readonly starts: number;
  /** Those of them whose training converged elsewhere. */
  readonly elsewhere: number;
  /** Those of them whose training did not converge, which tell nothing. */
  readonly unfinished: number;
  /** The lowest J of those that ended elsewhere. */
  readonly lowest: number | null;
  /** The largest RMS difference of the training pairs' scores, of those that converged. */
  readonly largestDifference: number | null;
  /** J − J* is at most this; null where the model has no certificate. */
  readonly dualityGap: number | null;
}

/** Whether a model may be trained from other starts: it has closed forms, and is one whole. */
export function hasOtherStarts({ smooth, trainer }: Pick<TrainedModel, "smooth" | "trainer">): boolean {
  return smooth !== undefined && trainer.begins !== undefined;
}

/** Throws `unsupported` where other starts are asked for and a model of this trainer has none. */
export function checkStarts({ trainer }: Pick<TrainedModel, "trainer">, starts = 0): void {
  if (starts === 0 || trainer.begins !== undefined) return;
  throw new LetheError(
    "unsupported",
    "`starts` is for mf with squared loss and ials, trained as one whole",
    "leave `starts` out",
    "starts",
  );
}

/** Trains `count` times more, from random factors of the seeds from 1 on, and says how they ended. Of a model that did not converge nothing can be said. */
export async function otherStarts(
  model: TrainedModel,
  count: number,
  { scope, dualityGap }: Pick<Certificate, "scope" | "dualityGap">,
  run: TrainRun,
): Promise<OtherStarts> {
  const ends = model.smooth?.status === "converged" ? await endsOf(model, count, run) : [];
  const finished = ends.filter(({ status }) => status === "converged");
  const away = finished.filter(({ isSame }) => !isSame);
  const verdict =
    away.length > 0 ? "seen" : scope === "global" ? "proved-not" : finished.length > 0 ? "not-seen" : "not-tried";
  return {
    verdict,
    starts: ends.length,
    elsewhere: away.length,
    unfinished: ends.length - finished.length,
    lowest: away.length > 0 ? Math.min(...away.map(({ value }) => value)) : null,
    largestDifference: finished.length > 0 ? Math.max(...finished.map(({ rms }) => rms)) : null,
    dualityGap,
  };
}

type End = Pick<Smooth, "status" | "value"> & ScoreDistance;

async function endsOf(model: TrainedModel, count: number, run: TrainRun): Promise<End[]> {
  const scores = await scoresOn(model, model.interactions, run);
  const parts = inParts(
    run,
    Array.from({ length: count }, () => 1),
  );
  const ends: End[] = [];
  for (const [k, seed] of otherSeeds(model, count).entries()) {
    const { smooth, ...other } = await fromRandom(model, seed, parts[k]);
    if (smooth === undefined) continue;
    const distance = await distanceFrom(scores, model, { ...other, smooth }, run);
    ends.push({ status: smooth.status, value: smooth.value, ...distance });
  }
  return ends;
}

/** The first seeds from 1 on, without that by which the model itself was drawn. */
function otherSeeds({ trainer, seed }: TrainedModel, count: number): number[] {
  const seeds = Array.from({ length: count + 1 }, (_, k) => k + 1);
  return seeds.filter((other) => trainer.begins !== "random" || other !== seed).slice(0, count);
}

/** The same model, to be trained again from factors that the seed draws; itself where its trainer draws already, or has no closed forms. */
export function drawnBySeed(model: TrainedModel): TrainedModel {
  const { smooth, trainer } = model;
  if (smooth === undefined || trainer.begins !== "continuation") return model;
  return { ...model, trainer: alsNewton(smooth.objective.settings, { begins: "random" }) };
}

async function fromRandom(model: TrainedModel, seed: number, run: TrainRun): Promise<TrainedModel> {
  const { trainer } = drawnBySeed(model);
  const as = { ...run, ...askedOr({}, model.smooth) };
  return trainer.train(dataWithout(model, new Uint32Array(0)), seed, as);
}
