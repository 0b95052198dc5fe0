/** How long does HyDRA's fast form take for all rows of MovieLens-1M, beside the training that it retraces? */

import { estimators } from "../src/influence/index.ts";
import { openKernels } from "../src/kernel/select.ts";
import { interactionPlayers, makeNamed, measureOf } from "../src/method/index.ts";
import { scoreTarget } from "../src/objective/target.ts";
import { trainOn } from "../src/study/cases/train.ts";
import { planOf, type TrainWishes } from "../src/study/choosing/plan.ts";
import { movielens } from "./movielens.ts";
import type { Report } from "./report.ts";
import { runWith } from "./subjects.ts";
import { ms, peakMemory } from "./timing.ts";

/** What is trained: on ratings, and on pairs of a liked item and another. */
const parts: Readonly<Record<string, TrainWishes>> = {
  ratings: { model: "mf", l2: 0.05, recipe: { learningRate: 10 } },
  bpr: { model: "mf", loss: "bpr", negatives: 1, l2: 0.01, recipe: { learningRate: 20 } },
};

/** `epochs=20`, and names of parts. */
export async function run(args: readonly string[]): Promise<Report> {
  const epochs = Number(args.find((arg) => arg.startsWith("epochs="))?.slice(7) ?? 20);
  const chosen = Object.keys(parts).filter((id) => args.every((arg) => arg.includes("=")) || args.includes(id));
  const dataset = await movielens();
  const kernels = openKernels();
  const rows: string[][] = [];
  const figures: unknown[] = [];
  for (const id of chosen) {
    const wishes = parts[id];
    const recipe = { ...wishes.recipe, optimizer: "sgd", batch: 1024, epochs } as const;
    const begun = performance.now();
    const { trained } = await trainOn(dataset, planOf({ ...wishes, recipe }), { kernels });
    const training = performance.now() - begun;
    const memory = peakMemory();
    const { interactions, unit } = trained;
    const every = Uint32Array.from({ length: interactions.size }, (_, row) => row);
    const estimator = await makeNamed(estimators, "hydra-fast", trained).prepare(trained, runWith(kernels));
    const asked = performance.now();
    await estimator.estimate([measureOf(scoreTarget(3, 5), unit)], interactionPlayers(every));
    const took = performance.now() - asked;
    estimator.close();
    rows.push([
      id,
      ms(training),
      ms(took),
      `${(took / training).toFixed(2)} ×`,
      `${Math.round(memory)} MiB`,
      `${Math.round(peakMemory())} MiB`,
    ]);
    figures.push({ id, epochs, training, took });
  }
  await kernels.close();
  return {
    tables: [
      {
        id: "fast",
        caption: `HyDRA's fast form for all rows of MovieLens-1M and one target, beside the training: mf, 8 factors, ${epochs} epochs of SGD in batches of 1024, one thread`,
        header: ["loss", "training", "hydra-fast", "beside the training", "peak of training", "peak of both"],
        rows,
      },
    ],
    figures,
  };
}
