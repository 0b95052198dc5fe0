/** Progress of work in stages, each with a share of the whole. */

import type { RunContext } from "../../../kernel/run-context.ts";
import type { Cost } from "../../../method/method.ts";
import { inParts, within } from "../../../run.ts";

/** A piece of work with its share, in any unit that all stages have in common. */
export interface Stage {
  readonly name: string;
  readonly share: number;
}

/** About how much of a retraining the work of each cost is. */
const shares: Partial<Record<Cost, number>> = { "closed form": 0.05, "a solve": 0.2, "a training": 0.5, "a pool": 20 };

/** A stage that costs what a method says. */
export function stageOf(name: string, cost: Cost): Stage {
  return { name, share: shares[cost] ?? 1 };
}

/** Contexts of stages that follow each other: each call begins the next one, which reports under its name within its share of the whole. */
export function inStages(run: RunContext, plan: readonly Stage[]): () => RunContext {
  const parts = inParts(
    run,
    plan.map(({ share }) => share),
  );
  let step = 0;
  return () => {
    const { name } = plan[step];
    const stage = within(parts[step], 0, 1, { phase: name, step: ++step });
    stage.onProgress?.({ phase: name, step, fraction: 0 });
    return stage;
  };
}
