/** How long does the influence of every rating on its own fit take on MovieLens-1M, the model in memory? */

import { fastInfluence, leaveOneOutFixedItems } from "../src/influence/index.ts";
import { openKernels } from "../src/kernel/select.ts";
import { interactionPlayers, ownOf } from "../src/method/index.ts";
import { train } from "../src/training/factors/als-newton.ts";
import { jointObjective, movielens, penalties } from "./movielens.ts";
import type { Report } from "./report.ts";
import { modelFrom, runWith } from "./subjects.ts";
import { ms } from "./timing.ts";

/** `factors=8`. */
export async function run(args: readonly string[]): Promise<Report> {
  const factors = Number(args.find((arg) => arg.startsWith("factors="))?.slice(8) ?? 8);
  const { interactions } = await movielens();
  const kernels = openKernels();
  const objective = jointObjective(interactions, factors, penalties[factors] ?? 20);
  const model = modelFrom(await train(objective, { kernels: kernels.factors, tolerance: 1e-4 }));
  const players = interactionPlayers(Uint32Array.from({ length: interactions.size }, (_, row) => row));
  const rows: string[][] = [];
  const figures: unknown[] = [];
  for (const method of [leaveOneOutFixedItems, fastInfluence]) {
    const times: number[] = [];
    for (let n = 0; n < 3; n++) {
      const prepared = await method.make({}).prepare(model, runWith(kernels));
      const begun = performance.now();
      await ownOf(prepared, model, players);
      times.push(performance.now() - begun);
      prepared.close();
    }
    times.sort((a, b) => a - b);
    rows.push([method.name, ms(times[1])]);
    figures.push({ method: method.name, milliseconds: times[1] });
  }
  await kernels.close();
  return {
    tables: [
      {
        id: "self-influence",
        caption: `Influence of every rating on its own fit, all ${interactions.size.toLocaleString("en")} of MovieLens-1M, ${factors} factors, one thread; median of 3`,
        header: ["method", "time"],
        rows,
      },
    ],
    figures,
  };
}
