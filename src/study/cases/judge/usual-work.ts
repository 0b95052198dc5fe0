/** How much judges do where nobody says: all that is usual where that ends within minutes, else less. */

import type { Judge, JudgingSubject } from "../../../judging/judge.ts";
import type { RunContext } from "../../../kernel/run-context.ts";
import type { GivenSettings, SettingsSpec } from "../../../method/method.ts";
import { trainInTurn } from "../../../method/trainings.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import { absentRows } from "../../../valuation/games/game.ts";
import type { Chosen } from "./candidates.ts";
import {
  askedOf,
  type Effort,
  type ExpectedWork,
  expectedWork,
  type MethodEffort,
  metered,
  sinceThen,
  wholeOf,
} from "./effort.ts";

/**
 * Interactions that are read in about 100 seconds on the machine that docs/judging.md names: kernels of closed forms read some ten million a second,
 * batches half a million. They are counted, and not timed, so that the same question has the same answer on every machine.
 */
const usualRows = { closed: 1.5e9, batches: 4e7 };

/** A judge, with the settings that were lowered. */
export type LoweredJudge = Chosen<Judge> & { readonly lowered: readonly string[] };

/** A judge, with the seconds that its parts are expected to take. */
export interface PlannedJudge {
  readonly judge: LoweredJudge;
  readonly expected: ExpectedWork;
}

/** What judges will do: a training is tried where any of them trains, and with what the methods took it says how much that is. */
export async function judgingPlan(
  judges: readonly Chosen<Judge>[],
  given: ReadonlyMap<string, GivenSettings>,
  subject: JudgingSubject,
  methods: readonly MethodEffort[],
  run: RunContext,
): Promise<PlannedJudge[]> {
  const training = await triedTraining(judges, subject, run);
  const as = askedOf(subject);
  return withUsualWork(judges, given, subject, training, methods).map((judge) => ({
    ...{ judge, expected: expectedWork(judge.made.work(as), training, methods, "seconds") },
  }));
}

/** What a training without half of the players takes, where any judge trains. */
async function triedTraining(
  judges: readonly Chosen<Judge>[],
  { model, players, measures }: JudgingSubject,
  run: RunContext,
): Promise<Effort> {
  const nothing = { seconds: 0, rows: 0 };
  if (judges.every(({ entry }) => entry.cost === "a solve a target")) return nothing;
  const meter = metered(run);
  const trainings = await trainInTurn(model, measures, meter.run);
  const absent = absentRows(players);
  const without = (side: number) =>
    trainings.without(absent(Uint8Array.from({ length: players.count }, (_, k) => (k + side) % 2)));
  try {
    // The first prepares what all others share.
    await without(0);
    const before = meter.taken();
    await without(1);
    return sinceThen(meter.taken(), before, 1);
  } finally {
    await trainings.close();
  }
}

/** Lowers settings that nobody gave, half by half, until all judges together are expected to end in time, or none can be lowered further. */
export function withUsualWork(
  judges: readonly Chosen<Judge>[],
  given: ReadonlyMap<string, GivenSettings>,
  subject: JudgingSubject,
  training: Effort,
  methods: readonly MethodEffort[],
): LoweredJudge[] {
  const most = byBatches(subject.model) ? usualRows.batches : usualRows.closed;
  const rowsOf = ({ made }: Chosen<Judge>) =>
    wholeOf(expectedWork(made.work(askedOf(subject)), training, methods, "rows"));
  let chosen = judges.map((judge) => ({ ...judge, lowered: [] as string[] }));
  for (let share = 1; chosen.reduce((sum, judge) => sum + rowsOf(judge), 0) > most && share > 1 / 64; share /= 2)
    chosen = judges.map((judge) => loweredBy(judge, share / 2, given.get(judge.name) ?? {}));
  return chosen;
}

function byBatches({ trainer: { settings } }: TrainedModel): boolean {
  return typeof settings === "object" && settings !== null && "epochs" in settings && Number(settings.epochs) > 0;
}

function loweredBy(judge: Chosen<Judge>, share: number, given: GivenSettings) {
  const less = lessOf(judge.entry.settings, share, given);
  const lowered = Object.entries(less).map(([name, value]) => `${judge.name}.${name}=${value}`);
  const settings = { ...judge.settings, ...less };
  return { ...judge, settings, made: judge.entry.make(settings), lowered };
}

function lessOf(spec: SettingsSpec, share: number, given: GivenSettings): Record<string, number> {
  const less: Record<string, number> = {};
  for (const [name, { fewest, standard }] of Object.entries(spec)) {
    if (fewest === undefined || name in given) continue;
    less[name] = Math.max(fewest, Math.round(share * Number(standard)));
  }
  return less;
}

/** Says what was lowered, and how to ask for all. */
export function loweredWarning(judges: readonly LoweredJudge[]): string[] {
  const lowered = judges.flatMap((judge) => judge.lowered);
  if (lowered.length === 0) return [];
  const usual = judges.flatMap(({ name, entry, lowered: own }) =>
    own.length === 0
      ? []
      : Object.entries(entry.settings).flatMap(([setting, { fewest, standard }]) =>
          fewest === undefined ? [] : [`${name}.${setting}=${standard}`],
        ),
  );
  return [
    `so that judging ends within minutes, judges do less than is usual here: ${lowered.join(", ")}; ask for more by \`settings\`, such as ${usual[0]}`,
  ];
}
