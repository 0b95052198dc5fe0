/** Expected influence: leave-one-out as it is on average over the seeds of training. */

import { LetheError } from "../errors.ts";
import type { SolveStatus } from "../linear/solver.ts";
import { worseStatus } from "../linear/status.ts";
import type { Estimate, EstimateRun, Estimator } from "../method/estimator.ts";
import type { Measure } from "../method/measure.ts";
import { method } from "../method/method.ts";
import { fitOf } from "../method/own-fit.ts";
import type { Players } from "../method/players.ts";
import { type Trainings, trainInTurn } from "../method/trainings.ts";
import { kendall } from "../numeric/statistics.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import { requirePlayers } from "./games/game.ts";
import { summaryOf } from "./sampling/moments.ts";

/** How many seeds, and how many trainings they may take together. */
interface Seeds {
  readonly seeds: number;
  readonly trainings: number;
}

/**
 * mean over seeds s of measure(trained on all, s) − measure(trained without the player, s), each from scratch with the model's own trainer (survey
 * §2.2; Basu et al. 2021, K and Søgaard 2021). Seeds are those after the model's own. Cost: a training a player and seed, and one a seed.
 */
export const expectedInfluence = method({
  name: "expected-influence",
  summary: "leave-one-out by training from scratch, on average over seeds, and how far seeds agree",
  source: "survey, §2.2; K and Søgaard (2021)",
  needs: [],
  settings: {
    seeds: { summary: "seeds of training that are averaged", standard: 5, least: 1, whole: true },
    trainings: {
      summary: "trainings at most; fewer seeds are taken where they would not do",
      standard: 4096,
      least: 2,
      whole: true,
    },
  },
  cost: "a pool",
  properties: {
    ...{ family: "retraining", kin: "leave-one-out" },
    ...{ full: "O(SnT)", further: "O(Sn)", space: "O(n + p)", storage: "O(Snp)" },
    traits: [
      "any model class",
      "estimates leave-one-out",
      "group influence",
      "generative models",
      "high upfront cost",
      "amortizable",
    ],
  },
  make(seeds): Estimator {
    return {
      async prepare(model, run) {
        return {
          estimate: (measures, players) => expectation(model, measures, players, seeds, run),
          own: async (players) =>
            ownOf(await expectation(model, fitsOf(model, players), players, seeds, run), players.count),
          close: () => {},
        };
      },
    };
  },
});

async function expectation(
  model: TrainedModel,
  measures: readonly Measure[],
  players: Players,
  { seeds, trainings }: Seeds,
  run: EstimateRun,
): Promise<Estimate> {
  requirePlayers(players);
  const playing = Array.from({ length: players.count }, (_, k) => k).filter((k) => players.rows(k).length > 0);
  const each = playing.length + 1;
  if (trainings < each)
    throw new LetheError(
      "bad-input",
      `\`trainings\` is ${trainings}; one seed of ${playing.length} players takes ${each}`,
      `set \`trainings\` to ${each} at least, better to ${each * seeds}; or name fewer players`,
    );
  const wanted = Math.min(seeds, Math.floor(trainings / each));
  const samples: Float64Array[] = [];
  const statuses = new Array<SolveStatus>(measures.length * players.count).fill("converged");
  while (samples.length < wanted && !(samples.length > 0 && (run.secondsLeft?.() ?? 1) <= 0)) {
    const seed = model.seed + 1 + samples.length;
    const opened = await (run.openTrainings ?? trainInTurn)(model, measures, run, { seed });
    try {
      const done = samples.length / wanted;
      const progress = (share: number) =>
        run.onProgress?.({ phase: "seeds", step: samples.length, fraction: done + share / wanted });
      samples.push(await influences(opened, measures.length, players, playing, statuses, progress));
    } finally {
      await opened.close();
    }
  }
  return {
    ...summaryOf(samples, measures.length * players.count),
    statuses,
    residual: 0,
    evaluations: samples.length * each,
    notes: notesOf(samples, measures, playing, players.count, seeds),
  };
}

/** Leave-one-out of every player with rows, under one seed: measures × players. Statuses become the worst of what was met. */
async function influences(
  trainings: Trainings,
  measures: number,
  players: Players,
  playing: readonly number[],
  statuses: SolveStatus[],
  progress: (share: number) => void,
): Promise<Float64Array> {
  const out = new Float64Array(measures * players.count);
  const whole = await trainings.without(new Uint32Array(0));
  for (let from = 0; from < playing.length; from += trainings.width) {
    const some = playing.slice(from, from + trainings.width);
    const found = await Promise.all(some.map((k) => trainings.without(players.rows(k))));
    for (const [n, k] of some.entries())
      for (let m = 0; m < measures; m++) {
        const place = m * players.count + k;
        out[place] = whole.values[m] - found[n].values[m];
        statuses[place] = worseStatus(statuses[place], worseStatus(whole.status, found[n].status));
      }
    progress((from + some.length) / playing.length);
  }
  return out;
}

/** How many seeds there were where it is not as many as asked for, and how their rankings agree. */
function notesOf(
  samples: readonly Float64Array[],
  measures: readonly Measure[],
  playing: readonly number[],
  count: number,
  wanted: number,
): string[] {
  const cut = samples.length < wanted ? [`${samples.length} of ${wanted} seeds: trainings or time were over`] : [];
  const ranked = measures.flatMap(({ label }, m) => {
    const tau = agreement(samples.map((sample) => playing.map((k) => sample[m * count + k])));
    return Number.isNaN(tau) ? [] : [`Kendall's τ between seeds, ${label}: ${tau.toFixed(3)}`];
  });
  return [...cut, ...ranked];
}

/** The mean of Kendall's τ over all pairs of rankings; NaN where there are none that vary. */
export function agreement(rankings: readonly (readonly number[])[]): number {
  const found = rankings.flatMap((x, a) => rankings.slice(a + 1).map((y) => kendall(x, y)));
  const those = found.filter((tau) => !Number.isNaN(tau));
  return those.length === 0 ? Number.NaN : those.reduce((sum, tau) => sum + tau, 0) / those.length;
}

/** One measure a player: the fit of its rows; of no rows there is none, and the measure is 0. */
function fitsOf(model: TrainedModel, players: Players): Measure[] {
  const nothing: Measure = { label: "fit of no rows", unit: "none", of: async () => 0 };
  return Array.from({ length: players.count }, (_, k) => {
    const rows = players.rows(k);
    return rows.length === 0 ? nothing : fitOf(model, rows);
  });
}

/** Of every player the value on its own measure. */
function ownOf(found: Estimate, count: number): Estimate {
  const places = Array.from({ length: count }, (_, k) => k * count + k);
  return {
    ...found,
    values: Float64Array.from(places, (place) => found.values[place]),
    statuses: places.map((place) => found.statuses[place]),
    standardErrors:
      found.standardErrors && Float64Array.from(places, (place) => found.standardErrors?.[place] ?? Number.NaN),
    notes: found.notes?.filter((note) => !note.startsWith("Kendall")),
  };
}
