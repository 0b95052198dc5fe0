/** Progress of work in stages, each with a share of the whole. */

import type { RunContext } from "../../../kernel/run-context.ts";
import type { Cost } from "../../../method/method.ts";
import type { Progress } from "../../../run.ts";

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

/** A context whose progress is a part of a larger one, from one fraction of it to another. */
export function within(run: RunContext, from: number, to: number, as: Partial<Progress> = {}): RunContext {
  const { onProgress } = run;
  if (onProgress === undefined) return run;
  const told = (progress: Progress) => {
    const fraction = from + (to - from) * Math.min(1, Math.max(0, progress.fraction));
    onProgress({ ...progress, ...as, fraction });
  };
  return { ...run, onProgress: told };
}

/** Contexts of stages that follow each other: each call begins the next one, which reports under its name within its share of the whole. */
export function inStages(run: RunContext, plan: readonly Stage[]): () => RunContext {
  const whole = plan.reduce((sum, { share }) => sum + share, 0);
  let step = 0;
  let before = 0;
  return () => {
    const { name, share } = plan[step++];
    const stage = within(run, before / whole, (before + share) / whole, { phase: name, step });
    before += share;
    stage.onProgress?.({ phase: name, step, fraction: 0 });
    return stage;
  };
}
