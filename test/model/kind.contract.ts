/** The laws of kinds of models: settings that can be stored and are checked by name, and starts that belong to tensors. */

import { describe, expect, test } from "vitest";
import { LetheError } from "../../src/errors.ts";
import type { ModelKind, ModelSettings } from "../../src/model/model.ts";
import { rowAt, type TensorPlace } from "../../src/model/tensors.ts";
import { type Random, randomOf } from "../../src/numeric/random.ts";
import { indexKeys } from "../../src/objective/negatives.ts";
import { expectNear, interactionsFrom, relabelled, scraps, shuffle, triplesOf } from "../support/small.ts";
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

function movedKeys(keys: Uint32Array, places: Uint32Array): Uint32Array {
  const out = new Uint32Array(keys.length);
  keys.forEach((key, k) => {
    out[places[k]] = key;
  });
  return out;
}

function scaleOf(a: TensorPlace, b: TensorPlace): number {
  return Math.sqrt((a.shape[0] + a.shape[1]) / (b.shape[0] + b.shape[1]));
}

/** Registers the laws of starts. */
export function startContract(kind: ModelKind, given: ModelSettings): void {
  const interactions = scraps();
  const built = (on = interactions) => kind.build(kind.settings(given), on, undefined, indexKeys(on));
  const startAt = (random: Random, on = interactions) => kind.start(built(on), random, indexKeys(on));

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

    test("belongs to outside ids: rows move with them, and do not depend on which others are there", () => {
      const [users, items] = [shuffle(interactions.userCount, 3), shuffle(interactions.itemCount, 4)];
      const keys = indexKeys(interactions);
      const moved = { users: movedKeys(keys.users, users), items: movedKeys(keys.items, items) };
      const elsewhere = kind.build(kind.settings(given), relabelled(interactions, users, items), undefined, moved);
      const larger = { userCount: interactions.userCount + 3, itemCount: interactions.itemCount + 2 };
      const more = kind.build(
        kind.settings(given),
        interactionsFrom(triplesOf(interactions), larger.userCount, larger.itemCount),
      );
      const here = kind.start(built(), randomOf(4, "start"), keys);
      const there = kind.start(elsewhere, randomOf(4, "start"), moved);
      const among = kind.start(more, randomOf(4, "start"), indexKeys(larger));
      built().tensors.forEach((tensor, t) => {
        if (tensor.rowsOf === undefined) return;
        const places = tensor.rowsOf === "user" ? users : items;
        const rowIn = (params: Float64Array, of: typeof tensor, row: number) =>
          params.slice(rowAt(of, row), rowAt(of, row) + of.width);
        // The deviation of an autoencoder's weights follows from how many items there are.
        const scale = kind.name === "mult-vae" && tensor.shape.length > 1 ? scaleOf(tensor, more.tensors[t]) : 1;
        for (let r = 0; r < tensor.rows; r++) {
          const own = rowIn(here, tensor, r);
          expect(rowIn(there, elsewhere.tensors[t], places[r])).toEqual(own);
          expectNear(
            rowIn(among, more.tensors[t], r),
            own.map((x) => x * scale),
            1e-15,
          );
        }
      });
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
