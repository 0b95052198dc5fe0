/** The laws of kinds of models: settings that can be stored and are checked by name, and starts that belong to tensors. */

import { describe, expect, test } from "vitest";
import { LetheError } from "../../src/errors.ts";
import type { ModelKind, ModelSettings } from "../../src/model/model.ts";
import { type Random, randomOf } from "../../src/numeric/random.ts";
import { indexKeys } from "../../src/objective/negatives.ts";
import { interactionsFrom, scraps, triplesOf } from "../support/small.ts";
import { bytesOf } from "./subject.ts";

/** Settings that may be any finite number. */
const real = ["mean"];

/** Registers the laws of settings. */
export function settingsContract(kind: ModelKind, given: ModelSettings): void {
  const refused = (wrong: ModelSettings, name: string) => {
    try {
      kind.settings(wrong);
    } catch (error) {
      expect(error).toBeInstanceOf(LetheError);
      expect((error as LetheError).code).toBe("bad-input");
      expect((error as LetheError).message).toContain(name);
      return;
    }
    expect.fail(`${kind.name} took ${JSON.stringify(wrong)}`);
  };

  describe("settings", () => {
    test("come back from JSON, whole", () => {
      for (const some of [given, {}]) {
        const whole = kind.settings(some);
        expect(whole).toMatchObject(some);
        expect(kind.settings(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
        expect(Object.keys(kind.settings({})).sort()).toEqual(Object.keys(whole).sort());
      }
    });

    test("that do not exist are refused by name", () => {
      refused({ ...given, warp: 3 }, "warp");
      refused({ ...given, Factors: 3 }, "Factors");
    });

    test("that are of another kind or size are refused by name", () => {
      for (const [name, value] of Object.entries(kind.settings({}))) {
        for (const wrong of [{ a: 1 }, [0.5], [[1]]]) refused({ ...given, [name]: wrong as never }, name);
        if (typeof value !== "string") refused({ ...given, [name]: "3" }, name);
        if (typeof value === "number")
          for (const wrong of [Number.NaN, 1e300, true, ...(real.includes(name) ? [] : [-1, 1.5])])
            refused({ ...given, [name]: wrong }, name);
      }
    });
  });
}

/** Registers the laws of starts. */
export function startContract(kind: ModelKind, given: ModelSettings): void {
  const interactions = scraps();
  const built = (on = interactions) => kind.build(kind.settings(given), on, undefined, indexKeys(on));
  const startAt = (random: Random, on = interactions) => kind.start(built(on), random);

  describe("start", () => {
    test("belongs to the seed alone", () => {
      const start = startAt(randomOf(4, "start"));
      expect(start.length).toBe(built().parameterCount);
      expect(start.every(Number.isFinite)).toBe(true);
      expect(bytesOf(startAt(randomOf(4, "start"))).equals(bytesOf(start))).toBe(true);
      expect(bytesOf(startAt(randomOf(5, "start"))).equals(bytesOf(start))).toBe(false);
    });

    test("does not depend on interactions, so that training without some starts at the same place", () => {
      const { userCount, itemCount } = interactions;
      const fewer = interactionsFrom(triplesOf(interactions).slice(5), userCount, itemCount);
      const wanted = startAt(randomOf(4, "start"));
      expect(bytesOf(startAt(randomOf(4, "start"), fewer)).equals(bytesOf(wanted))).toBe(true);
    });

    test("draws from a stream for each tensor, forked by its name", () => {
      const labels: (string | number)[] = [];
      const own = (): never => expect.fail("drawn from the stream that all tensors share");
      const random = randomOf(4, "start");
      startAt({
        uniform: own,
        normal: own,
        integer: own,
        fork(label) {
          labels.push(label);
          return random.fork(label);
        },
      });
      const names = built().tensors.map((tensor) => tensor.name);
      expect(labels.length).toBeGreaterThan(0);
      expect(new Set(labels).size).toBe(labels.length);
      for (const label of labels) expect(names).toContain(label);
    });
  });
}
