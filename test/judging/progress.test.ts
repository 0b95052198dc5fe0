/** Laws of the progress of judging: it counts all the work, trainings too, and of how much judges do where nobody says. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Judge } from "../../src/judging/index.ts";
import { judges } from "../../src/judging/index.ts";
import { checkedSettings, methodNamed } from "../../src/method/index.ts";
import type { Progress } from "../../src/run.ts";
import type { Chosen } from "../../src/study/cases/judge/candidates.ts";
import { expectedWork, type MethodEffort, wholeOf } from "../../src/study/cases/judge/effort.ts";
import { loweredWarning, withUsualWork } from "../../src/study/cases/judge/usual-work.ts";
import { judgeMethods } from "../../src/study/cases/judge.ts";
import { run, runWith } from "../support/run.ts";
import { candidateOf, dataset, model, subjectOf } from "./subjects.ts";

const few = { lds: { subsets: 12 }, loo: { sample: 4 }, flipped: { rows: 10 }, planted: { users: 5 } };

function chosenJudge(name: string, given = (few as Record<string, object>)[name] ?? {}): Chosen<Judge> {
  const { entry } = methodNamed(judges, name);
  const settings = checkedSettings(name, entry.settings, { ...given });
  return { name, entry, settings, made: entry.make(settings) };
}

/** A run that keeps what it is told. */
function watched() {
  const told: Progress[] = [];
  return { told, run: runWith({}, { onProgress: (progress) => told.push(progress) }) };
}

/** Fractions from `from` on that never fall and never pass 1. */
function expectRising(told: readonly Progress[]): void {
  for (const [k, { fraction }] of told.entries()) {
    // Sums of shares are rounded.
    expect(fraction).toBeGreaterThanOrEqual((told[k - 1]?.fraction ?? 0) - 1e-12);
    expect(fraction).toBeLessThanOrEqual(1 + 1e-12);
  }
}

describe("progress of a judge", () => {
  test.each(judges.methods.map(({ name }) => name))(
    "%s rises with all of its trainings and questions",
    async (name) => {
      const { made } = chosenJudge(name);
      const subject = subjectOf();
      const before = watched();
      const prepared = await made.prepare(subject, before.run);
      expectRising(before.told);
      const { trainings } = made.work({ measures: 2, players: subject.players.count, users: 30 });
      expect(prepared.trainings()).toBe(trainings);
      // Those with many trainings tell of each: the last of them is the end.
      if (trainings > 1) {
        expect(before.told.map(({ fraction }) => Math.round(1e9 * fraction))).toEqual(
          Array.from({ length: trainings }, (_, k) => Math.round((1e9 * (k + 1)) / trainings)),
        );
      }
      for (const method of ["fast-influence", "influence-function"]) {
        const asked = watched();
        const trained = prepared.trainings();
        await prepared.of(await candidateOf(method, subject), asked.run);
        expectRising(asked.told);
        const { trainingsEach } = made.work({ measures: 2, players: subject.players.count, users: 30 });
        expect(prepared.trainings() - trained).toBe(trainingsEach);
      }
      await prepared.close();
    },
  );

  test("that asks one by one is told by how many were asked", async () => {
    const prepared = await chosenJudge("flipped").made.prepare(subjectOf(), run);
    const asked = watched();
    await prepared.of(await candidateOf("influence-function", subjectOf()), asked.run);
    const players = asked.told.filter(({ phase }) => phase === "players").map(({ fraction }) => fraction);
    expect(players).toHaveLength(10);
    players.forEach((fraction, k) => {
      expect(fraction).toBeCloseTo((k + 2) / 11, 12);
    });
  });
});

describe("progress of judging", () => {
  test("rises from 0 to 1 through methods and judges, whatever cannot be judged", async () => {
    const { told, run: context } = watched();
    const settings = { "lds.subsets": 5, "loo.sample": 4, "flipped.rows": 10, "planted.users": 5, "removal.steps": 2 };
    const methods = ["fast-influence", "leave-one-out", "influence-function"];
    await judgeMethods({ trained: model, dataset } as never, { methods, settings, count: 8, pairs: 2 }, context);
    expectRising(told);
    expect(told[0].fraction).toBe(0);
    expect(told.at(-1)?.fraction).toBeCloseTo(1, 12);
    const phases = told.map(({ phase }) => phase).filter((phase, k, all) => phase !== all[k - 1]);
    expect(phases).toEqual(expect.arrayContaining([...methods, ...judges.methods.map(({ name }) => name)]));
    expect(phases.indexOf("lds")).toBeLessThan(phases.indexOf("random"));
  });
});

const effort = (rows: number) => ({ seconds: rows / 1e6, rows });
const methodEffort = (rows: number, over: Partial<MethodEffort> = {}): MethodEffort => ({
  ...{ prepared: effort(0), question: effort(rows), byPlayer: false, ownAtOnce: false },
  ...over,
});

describe("what judges do where nobody says", () => {
  const all = () => judges.methods.map(({ name }) => chosenJudge(name, {}));
  const none = new Map();

  test("is all that is usual where that is little work", () => {
    const chosen = withUsualWork(all(), none, subjectOf(), effort(1000), [methodEffort(1000)]);
    expect(chosen.map(({ settings }) => settings)).toEqual(all().map(({ settings }) => settings));
    expect(loweredWarning(chosen)).toEqual([]);
  });

  test("is less where a training or a question is much, never below what a figure needs, and never of what is given", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 0, max: 11 }), (training, question) => {
        const given = new Map([["lds", { subsets: 70 }]]);
        const asked = judges.methods.map(({ name }) => chosenJudge(name, given.get(name) ?? {}));
        const as = { measures: 2, players: 12, users: 30 };
        const efforts = [methodEffort(10 ** question), methodEffort(1, { ownAtOnce: true })];
        const chosen = withUsualWork(asked, given, subjectOf(), effort(10 ** training), efforts);
        const rows = (some: readonly Chosen<Judge>[]) =>
          some.reduce(
            (sum, { made }) => sum + wholeOf(expectedWork(made.work(as), effort(10 ** training), efforts, "rows")),
            0,
          );
        expect(rows(chosen)).toBeLessThanOrEqual(rows(asked));
        for (const [k, { name, entry, settings }] of chosen.entries())
          for (const [setting, { fewest, standard }] of Object.entries(entry.settings)) {
            if (name === "lds" || fewest === undefined) expect(settings[setting]).toBe(asked[k].settings[setting]);
            else expect(settings[setting]).toBeGreaterThanOrEqual(fewest);
            if (name !== "lds")
              expect(Number(settings[setting]) <= Number(standard) || typeof standard === "string").toBe(true);
          }
        const most = training === 11 || question === 11;
        if (most) expect(loweredWarning(chosen).join()).toMatch(/loo\.sample=10.*such as loo\.sample=50/);
      }),
    );
  });

  test("asks a method that works once a player by players, and one with a way of its own once for all", () => {
    const work = { trainings: 1, trainingsEach: 2, measures: 3, players: 10, own: true };
    const each = (over: Partial<MethodEffort>) =>
      expectedWork(work, effort(100), [methodEffort(7, over)], "rows").each[0] - 200;
    expect(each({})).toBe(7 * (3 + 10));
    expect(each({ ownAtOnce: true })).toBe(7 * (3 + 1));
    expect(each({ byPlayer: true })).toBe(7 * 20);
    expect(each({ prepared: effort(5) })).toBe(7 * 13 + 5);
  });
});
