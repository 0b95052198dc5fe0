/** What do the influence-function unlearners save, and what do they leave? MovieLens-1M, 5 % of the users. */

import { openKernels } from "../src/kernel/select.ts";
import { methodNamed } from "../src/method/index.ts";
import { train } from "../src/training/factors/als-newton.ts";
import type { TrainedModel } from "../src/training/index.ts";
import { retrain, unlearners } from "../src/unlearning/index.ts";
import { jointObjective, movielens, penalties } from "./movielens.ts";
import type { Report } from "./report.ts";
import { modelFrom, runWith } from "./subjects.ts";
import { ms, percent, sci } from "./timing.ts";

const compared: readonly [string, boolean][] = [
  ["sif", false],
  ["scif", false],
  ["scif", true],
  ["influence-function", true],
  ["newton", false],
  ["exact", false],
];

/** 8 factors. */
export async function run(): Promise<Report> {
  const { interactions } = await movielens();
  const kernels = openKernels();
  const context = runWith(kernels);
  const objective = jointObjective(interactions, 8, penalties[8]);
  const trained = modelFrom(await train(objective, { seed: 1, kernels: kernels.factors }));
  const { users } = interactions;
  const rows = Uint32Array.from({ length: interactions.size }, (_, k) => k).filter((k) => users[k] % 20 === 7);
  const again = await retrain.make({}).forget(trained, rows, context, { seed: 9 });
  const truth = again.model.scores(interactions);
  const isForgotten = new Set(rows);
  const rms = ({ scores }: TrainedModel, forgotten: boolean) => {
    const found = scores(interactions);
    let sum = 0;
    let count = 0;
    for (let k = 0; k < truth.length; k++)
      if (isForgotten.has(k) === forgotten) {
        sum += (found[k] - truth[k]) ** 2;
        count++;
      }
    return Math.sqrt(sum / count);
  };
  const before = { remaining: rms(trained, false), forgotten: rms(trained, true) };
  const scratch = again.milliseconds.forget;
  const lines = [["retrain", ms(scratch), "1", sci(again.certificate.gradientNorm ?? Number.NaN), "0 %", "0 %"]];
  lines.push(["nothing done", "", "", sci(again.gradientNormBefore ?? Number.NaN), "100 %", "100 %"]);
  const figures: unknown[] = [];
  for (const [name, literal] of compared) {
    const found = await methodNamed(unlearners, name)
      .entry.make(literal ? { form: "printed" } : {})
      .forget(trained, rows, context);
    const gradientNorm = found.certificate.gradientNorm ?? Number.NaN;
    const left = {
      remaining: rms(found.model, false) / before.remaining,
      forgotten: rms(found.model, true) / before.forgotten,
    };
    figures.push({
      name,
      literal,
      milliseconds: found.milliseconds.forget,
      left,
      gradientNorm,
    });
    lines.push([
      literal && name === "scif" ? "scif, as printed" : name,
      ms(found.milliseconds.forget),
      `${(scratch / found.milliseconds.forget).toPrecision(3)}×`,
      sci(gradientNorm),
      percent(left.remaining),
      percent(left.forgotten),
    ]);
  }
  await kernels.close();
  return {
    tables: [
      {
        id: "scif",
        caption:
          "Forgetting 5 % of the users of MovieLens-1M, 8 factors, λ 15; what is left of the distance to the retrained model's predictions",
        header: [
          "method",
          "time",
          "faster than training",
          "‖∇J‖ of what remains",
          "left, remaining pairs",
          "left, forgotten pairs",
        ],
        rows: lines,
      },
    ],
    figures,
  };
}
