/** What does exact forgetting cost beside training again, and does it give the same model? MovieLens-1M. */

import type { Interactions } from "../src/data/index.ts";
import type { Kernels } from "../src/kernel/run-context.ts";
import { openKernels } from "../src/kernel/select.ts";
import { keyedUniform } from "../src/numeric/random.ts";
import { closedFormsOf } from "../src/objective/closed-forms.ts";
import type { Factorization } from "../src/objective/factorization.ts";
import { train } from "../src/training/factors/als-newton.ts";
import { nearby, type Smooth, type TrainedModel } from "../src/training/index.ts";
import { exact } from "../src/unlearning/index.ts";
import { jointObjective, movielens, penalties } from "./movielens.ts";
import type { Report } from "./report.ts";
import { modelFrom, runWith } from "./subjects.ts";
import { ms, peakMemory, percent, sci, timed } from "./timing.ts";

/** The forget sets, each a test on (row, interactions). */
const sets: readonly [string, (row: number, set: Interactions) => boolean][] = [
  ["1 rating", (row) => row === 12_345],
  ["1 user", (row, { users }) => users[row] === 100],
  ["1 % of ratings", (row) => keyedUniform(1, row, 0, 0) < 0.01],
  ["2.5 % of users", (row, { users }) => users[row] % 40 === 7],
  ["5 % of users", (row, { users }) => users[row] % 20 === 7],
  ["30 % of users", (row, { users }) => users[row] % 10 < 3],
];

const largeSets = new Set(["1 user", "2.5 % of users"]);

/** Arguments: lengths of the factors (8 by default); `als` also runs alternating least squares alone to the same norm; `threads=N`. */
export async function run(args: readonly string[]): Promise<Report> {
  const lengths = args.filter((arg) => /^\d+$/.test(arg)).map(Number);
  const threads = Number(args.find((arg) => arg.startsWith("threads="))?.slice(8) ?? 2);
  const { interactions } = await movielens();
  const kernels = openKernels({ threads });
  const rows: string[][] = [];
  const figures: unknown[] = [];
  for (const factors of lengths.length > 0 ? lengths : [8]) {
    const objective = jointObjective(interactions, factors, penalties[factors] ?? 20);
    const model = modelFrom(await train(objective, { seed: 1, kernels: kernels.factors }));
    // Where a training takes minutes, two sets tell enough; and slow modes would fill the memory.
    const large = factors >= 32;
    const { kernels: watched, clock } = timed(kernels.factors);
    const near = large ? undefined : await nearby(model.smooth as Smooth, runWith(kernels, watched));
    for (const [name, forgotten] of large ? sets.filter(([name]) => largeSets.has(name)) : sets) {
      const chosen = Uint32Array.from({ length: interactions.size }, (_, k) => k).filter((k) =>
        forgotten(k, interactions),
      );
      const figure = await measure(model, chosen, kernels, args.includes("als") && !large && name === "2.5 % of users");
      const before = clock.calls.relaxUsers ?? 0;
      const begun = performance.now();
      await near?.without(chosen);
      const modes = near && { milliseconds: performance.now() - begun, passes: clock.calls.relaxUsers - before };
      figures.push({ factors, set: name, ...figure, modes });
      rows.push([
        `${factors} (λ ${penalties[factors]})`,
        name,
        ms(figure.forget),
        figure.products > 0 ? `${figure.passes} + ${figure.products} products` : String(figure.passes),
        modes === undefined ? "" : `${ms(modes.milliseconds)}, ${modes.passes} passes`,
        sci(figure.gradientNorm),
        ms(figure.scratch),
        percent(figure.forget / figure.scratch),
        figure.als === undefined ? "" : `${ms(figure.als.milliseconds)}, ${figure.als.sweeps} sweeps`,
        figure.als === undefined ? "" : percent(figure.forget / figure.als.milliseconds),
        sci(figure.largestDifference),
        `${figure.scope}, gap ${figure.gap?.toPrecision(2)}`,
      ]);
      process.stderr.write(`${rows.at(-1)?.join("  ")}\n`);
    }
    near?.close();
  }
  await kernels.close();
  return {
    tables: [
      {
        id: "exact",
        caption: `Exact forgetting on MovieLens-1M (λ_b 5, mean learned), everything to ‖∇J‖ ≤ 1e-8, ${threads} threads; peak memory ${Math.round(peakMemory())} MiB`,
        header: [
          "factors",
          "forgotten",
          "exact",
          "passes",
          "with slow modes at hand",
          "‖∇J‖",
          "training again (another seed)",
          "exact / training",
          "alternating least squares alone",
          "exact / ALS",
          "largest difference of 1 M predictions",
          "certificate",
        ],
        rows,
      },
    ],
    figures,
  };
}

async function measure(model: TrainedModel, rows: Uint32Array, kernels: Kernels, withAls: boolean) {
  const { kernels: watched, clock } = timed(kernels.factors);
  const ours = await exact.make({}).forget(model, rows, runWith(kernels, watched));
  const { smooth, interactions } = model;
  const retain = closedFormsOf((smooth as Smooth).objective.without(rows)) as Factorization;
  const scratch = await fromScratch(retain, kernels);
  const a = ours.model.scores(interactions);
  const b = modelFrom(scratch.trained).scores(interactions);
  let largestDifference = 0;
  for (let k = 0; k < a.length; k++) largestDifference = Math.max(largestDifference, Math.abs(a[k] - b[k]));
  return {
    rows: rows.length,
    forget: ours.milliseconds.forget,
    certify: ours.milliseconds.certify,
    passes: clock.calls.relaxUsers ?? 0,
    products: clock.calls.schurProduct ?? 0,
    gradientNormBefore: ours.gradientNormBefore,
    gradientNorm: ours.certificate.gradientNorm ?? Number.NaN,
    status: ours.model.smooth?.status,
    scope: ours.certificate.scope,
    gap: ours.certificate.dualityGap,
    scratch: scratch.milliseconds,
    scratchObjective: scratch.trained.value,
    objective: ours.model.smooth?.value,
    largestDifference,
    als: withAls ? await alternatingAlone(retain, kernels) : undefined,
  };
}

async function fromScratch(retain: Factorization, kernels: Kernels) {
  const begun = performance.now();
  const trained = await train(retain, { seed: 9, kernels: kernels.factors });
  return { trained, milliseconds: performance.now() - begun };
}

async function alternatingAlone(retain: Factorization, kernels: Kernels) {
  let sweeps = 0;
  const begun = performance.now();
  await train(retain, {
    seed: 9,
    kernels: kernels.factors,
    sweeps: 5000,
    onProgress: ({ phase }) => {
      if (phase === "alternating") sweeps++;
    },
  });
  return { sweeps, milliseconds: performance.now() - begun };
}
