/** How far methods of influence may be trusted: each values the same players, and judges compare that with trainings. */

import type { Dataset } from "../../data/dataset.ts";
import type { JudgingSubject } from "../../judging/judge.ts";
import type { RunContext } from "../../kernel/run-context.ts";
import type { GivenSettings } from "../../method/method.ts";
import type { OpenTrainings } from "../../method/trainings.ts";
import { inParts } from "../../run.ts";
import { budgetOf } from "../choosing/budget.ts";
import { heldRows } from "../choosing/measures.ts";
import { trainingPool } from "../pool/pool.ts";
import { usualWorkers } from "../pool/workers.ts";
import { runOf, type UseOptions } from "../run.ts";
import type { NamedModel } from "../store/model.ts";
import { settingsByOwner } from "./compare/choosing.ts";
import { inStages, stageOf } from "./compare/stages.ts";
import { checkTaking, chosenJudges, chosenMethods, withTrainings } from "./judge/candidates.ts";
import { wholeOf } from "./judge/effort.ts";
import type { Judged, JudgedCell, UsedJudge } from "./judge/judged.ts";
import { judgedBy } from "./judge/judging.ts";
import { refusalOf } from "./judge/refusal.ts";
import { drawnPlayers, drawnScores, namedMeasures } from "./judge/subject.ts";
import { judgingPlan, loweredWarning } from "./judge/usual-work.ts";
import { type Valued, valuedBy } from "./judge/valuing.ts";

/** What is judged. */
export interface JudgeRequest {
  /** Names of estimators and valuers; default: those whose work does not grow with the players. */
  readonly methods?: readonly string[] | undefined;
  /** Names of judges; default: all that the model allows. */
  readonly judges?: readonly string[] | undefined;
  readonly players?: "interactions" | "users" | undefined;
  /** Players at most, drawn by the seed; default 100. */
  readonly count?: number | undefined;
  /** Words for measures (`measureData` has them); default: scores of drawn pairs. */
  readonly measure?: readonly string[] | undefined;
  /** How many pairs are drawn; default 5. */
  readonly pairs?: number | undefined;
  /** Of a method or a judge as NAME.setting. */
  readonly settings?: GivenSettings | undefined;
  /** Of each method that can stop: a time, or a number of trainings. */
  readonly budget?: string | undefined;
  /** A folder for results of trainings. */
  readonly pool?: string | undefined;
  /** Threads that train. */
  readonly workers?: number | undefined;
  readonly seed?: number | undefined;
}

/** What judging takes beside the request. */
export interface JudgeOptions extends UseOptions {
  /** Held-out interactions: what fits and metrics are measured on, and pairs to draw from. */
  readonly test?: Dataset | undefined;
  /** Who trains; default: a pool. */
  readonly openTrainings?: OpenTrainings | undefined;
}

/** Lets methods value players, and judges judge the values. The model is left as it is. Throws `bad-input` on settings of what takes no part. */
export async function judgeMethods(
  named: NamedModel,
  request: JudgeRequest = {},
  options: JudgeOptions = {},
): Promise<Judged> {
  const run = runOf(options);
  const { methods, judges, settings, skipped, skippedJudges } = chosenBy(named, request);
  const { subject, fitted, told } = await subjectBy(named, request, options, run);
  const [valuing, trying, judging] = inParts(run, [methods.length, 1, 4 * judges.length]);
  const nextMethod = inStages(
    valuing,
    methods.map(({ name, entry }) => stageOf(name, entry.cost)),
  );
  const valued: Valued[] = [];
  for (const method of methods) {
    const one = await valuedBy(method, subject, fitted, request.budget, nextMethod()).catch(refusalOf);
    if (typeof one === "string") skipped[method.name] = one;
    else valued.push(one);
  }
  const plan = await judgingPlan(
    ...([judges, settings, subject] as const),
    valued.map(({ effort }) => effort),
    trying,
  );
  const nextJudge = inStages(
    judging,
    plan.map(({ judge: { name }, expected }) => ({ name, share: wholeOf(expected) })),
  );
  const used: UsedJudge[] = [];
  const judgements: Record<string, JudgedCell>[] = valued.map(() => ({}));
  for (const { judge, expected } of plan) {
    const found = await judgedBy(judge, subject, valued, expected, nextJudge()).catch(refusalOf);
    if (typeof found === "string") skippedJudges[judge.name] = found;
    else {
      used.push(found.used);
      found.cells.forEach((cell, k) => {
        judgements[k][judge.name] = cell;
      });
    }
  }
  const rows = valued.map(({ row }, k) => ({ ...row, judgements: judgements[k] }));
  const warnings = [...warningsOf(named, subject.players.count), ...loweredWarning(plan.map(({ judge }) => judge))];
  return { ...told, judges: used, rows, skipped, skippedJudges, warnings };
}

/** The methods and judges that take part. */
function chosenBy({ trained }: NamedModel, request: JudgeRequest) {
  const settings = settingsByOwner(request.settings);
  const [skipped, skippedJudges]: Record<string, string>[] = [{}, {}];
  const { trainings } = budgetOf(request.budget);
  const methods = chosenMethods(request.methods, trained, withTrainings(settings, request.methods, trainings), skipped);
  const judges = chosenJudges(request.judges, trained, settings, skippedJudges);
  const taking = [...methods, ...judges].map(({ name }) => name);
  checkTaking(settings, taking);
  return { methods, judges, settings, skipped, skippedJudges };
}

/** What is asked about, and what is told of it. */
async function subjectBy(
  named: NamedModel,
  request: JudgeRequest,
  { test, openTrainings: given }: JudgeOptions,
  run: RunContext,
) {
  const { trained: model, dataset } = named;
  const { players: kind = "users", count = 100, pairs = 5, seed = 1, measure, pool, workers } = request;
  const held = test && heldRows(named, test).held;
  const asked =
    measure === undefined ? await drawnScores(named, held, { pairs, seed }, run) : namedMeasures(named, measure, held);
  const known = new Map(asked.map(({ measure: one, data }) => [one, data]));
  const { source } = named;
  const openTrainings =
    given ?? (await trainingPool({ source, place: pool, known, workers: workers ?? usualWorkers(model) }));
  const measures = asked.map(({ measure }) => measure);
  const players = await drawnPlayers(model, measures, { players: kind, count, seed }, run);
  const fitted = new Set<string>();
  const subject: JudgingSubject = { model, dataset, players, measures, seed, fitted, openTrainings };
  const { userCount: users, itemCount: items, size } = model.interactions;
  const told = {
    model: { kind: model.kind, users, items, interactions: size },
    players: { kind, count: players.count },
    measures: asked.map(({ name, measure }) => ({ name, unit: measure.unit })),
    seed,
  };
  return { subject, fitted, told };
}

function warningsOf({ trained }: NamedModel, players: number): string[] {
  const { smooth, trainer } = trained;
  const warnings =
    smooth !== undefined && smooth.status !== "converged" && !trainer.toOptimum
      ? [
          "the model is at no optimum: trainings on subsets differ from it by where the epochs end, too, and judges see that noise",
        ]
      : [];
  if (players < 20) warnings.push(`${players} players are few: figures by rank say little`);
  return warnings;
}
