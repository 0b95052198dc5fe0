/** Which rows an erasure request means: by id, by look-alikes where asked, and event by event. */

import { describe, expect, test } from "vitest";
import { idsOf } from "../../src/data/dataset.ts";
import { interactionsOf } from "../../src/data/interactions.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import { type ForgetRequest, requestedRows } from "../../src/study/choosing/requested-rows.ts";
import { alsNewton, smoothModel } from "../../src/training/index.ts";
import { settingsOf } from "../support/small.ts";

const userIds = ["Anna", "anna", "Bob", "3.0"];
const itemIds = ["x", "y", "X"];
const rows = [
  ["Anna", "x", 1, 10],
  ["anna", "x", 2, 20],
  ["Bob", "x", 3, 30],
  ["Bob", "x", 4, 40],
  ["Bob", "y", 3, 50],
  ["3.0", "y", 5, 60],
  ["Bob", "x", 4, 70],
  ["3.0", "X", 1, 80],
] as const;

function modelWith(times: boolean) {
  const interactions = interactionsOf({
    userCount: userIds.length,
    itemCount: itemIds.length,
    users: Uint32Array.from(rows, ([user]) => userIds.indexOf(user)),
    items: Uint32Array.from(rows, ([, item]) => itemIds.indexOf(item)),
    ratings: Float64Array.from(rows, ([, , rating]) => rating),
    times: times ? Float64Array.from(rows, ([, , , time]) => time) : undefined,
  });
  const settings = objectiveSettings(settingsOf({ factors: 1 }));
  const objective = differentiable(settings, interactions);
  const params = new Float64Array(objective.parameterCount);
  const trained = smoothModel({
    ...{ objective, params, status: "converged", value: 0, gradientNorm: 0, tolerance: 1 },
    ...{ trainer: alsNewton(settings), seed: 1 },
  });
  return { trained, dataset: { interactions, userIds: idsOf(userIds), itemIds: idsOf(itemIds), itemInfo: new Map() } };
}

const asked = (request: ForgetRequest, times = true) => {
  const { rows: found, ...told } = requestedRows(modelWith(times), request);
  return { rows: [...found], ...told };
};
const none = { users: [], items: [], interactions: [] };
const pair = (user: string, item: string, more = {}) => ({ interactions: { users: [user], items: [item], ...more } });
const refusal = (request: ForgetRequest, times = true) => {
  try {
    asked(request, times);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe("ids", () => {
  test("that nothing looks like are taken as they are", () => {
    expect(asked({ users: ["Bob"], items: ["y"] })).toEqual({ rows: [2, 3, 4, 5, 6], unknown: none, warnings: [] });
  });

  test("that others look like are refused with their counts, unless it is said which are meant", () => {
    expect(refusal({ users: ["anna"] })).toMatchObject({
      code: "bad-input",
      message: expect.stringContaining('"Anna" (1 interaction)'),
      advice: expect.stringMatching(/`exactly`.*`allForms`/),
    });
    expect(asked({ users: ["anna"], exactly: true })).toMatchObject({
      rows: [1],
      warnings: ['user "Anna" (1 interaction) looks like "anna", and stays'],
    });
    expect(asked({ users: ["anna"], allForms: true })).toMatchObject({
      rows: [0, 1],
      warnings: ['user "Anna" (1 interaction) looks like "anna", and was forgotten as well'],
    });
    expect(asked({ users: ["anna", "Anna"] })).toEqual({ rows: [0, 1], unknown: none, warnings: [] });
    expect(refusal({ users: ["Bob"], exactly: true, allForms: true })).toMatchObject({ code: "bad-input" });
  });

  test("that are not there name those that look like them, or else that they may be forgotten already", () => {
    expect(refusal({ users: ["3"] })).toMatchObject({
      code: "unknown-id",
      message: 'no user "3" in this model; it has "3.0" (2 interactions)',
    });
    expect(asked({ users: ["3"], allForms: true }).rows).toEqual([5, 7]);
    expect(refusal({ users: ["carl"] })).toMatchObject({
      code: "unknown-id",
      message: expect.stringContaining("never seen, or already forgotten"),
    });
  });
});

describe("events", () => {
  test("of a pair are all its rows; with a rating or a time those that have it", () => {
    expect(asked(pair("Bob", "y")).rows).toEqual([4]);
    expect(asked({ ...pair("Bob", "x"), exactly: true }).rows).toEqual([2, 3, 6]);
    expect(asked({ ...pair("Bob", "x", { ratings: [3] }), exactly: true }).rows).toEqual([2]);
    expect(asked({ ...pair("Bob", "x", { ratings: [4] }), exactly: true }).rows).toEqual([3, 6]);
    expect(asked({ ...pair("Bob", "x", { ratings: [4], times: [70] }), exactly: true }).rows).toEqual([6]);
    expect(asked({ ...pair("Bob", "x", { times: [40] }), exactly: true }).rows).toEqual([3]);
  });

  test("of a model without times are told by rating alone", () => {
    expect(asked({ ...pair("Bob", "x", { ratings: [4], times: [1] }), exactly: true }, false).rows).toEqual([3, 6]);
  });

  test("that the model has otherwise are refused with what it has", () => {
    expect(refusal(pair("Bob", "y", { ratings: [4] }))).toMatchObject({
      code: "unknown-id",
      message: expect.stringContaining("with the rating 3 at 50"),
    });
    expect(refusal(pair("3.0", "x", {}))).toMatchObject({
      code: "bad-input",
      message: expect.stringContaining("look-alikes"),
    });
    expect(refusal({ ...pair("Anna", "y"), exactly: true })).toMatchObject({
      code: "unknown-id",
      message: expect.stringContaining("has no rating of item"),
    });
  });

  test("of look-alikes are taken together where asked", () => {
    expect(refusal(pair("Anna", "x"))).toMatchObject({ code: "bad-input" });
    expect(asked({ ...pair("Anna", "x"), exactly: true }).rows).toEqual([0]);
    expect(asked({ ...pair("Anna", "x"), allForms: true }).rows).toEqual([0, 1]);
  });
});

describe("what the model does not have", () => {
  const request = {
    users: ["carl", "Bob", "dora"],
    items: ["z"],
    interactions: { users: ["Bob", "Bob"], items: ["y", "y"], ratings: [3, 9] },
  };
  const unknown = {
    ...{ users: ["carl", "dora"], items: ["z"] },
    interactions: [{ user: "Bob", item: "y", rating: 9 }],
  };

  test("is named all at once, and a remedy with it", () => {
    const error = refusal(request);
    expect(error).toMatchObject({ code: "unknown-id", advice: expect.stringContaining("`ignoreUnknown`") });
    const { message } = error as Error;
    expect(message).toMatch(
      /^2 users, 1 item, 1 interaction not in this model: user "carl", user "dora", item "z", pair 2/,
    );
    expect(message).toMatch(/nothing was forgotten$/);
  });

  test("is told to the 20th, and counted beyond", () => {
    const { message } = refusal({ users: Array.from({ length: 25 }, (_, k) => `absent-${k}`) }) as Error;
    expect(message).toContain("25 users not in this model");
    expect(message).toContain('"absent-19", and 5 more');
    expect(message).not.toContain("absent-20");
  });

  test("is passed over where asked, and all of it is in the result", () => {
    expect(asked({ ...request, ignoreUnknown: true })).toEqual({ rows: [2, 3, 4, 6], unknown, warnings: [] });
    expect(asked({ users: ["carl"], ignoreUnknown: true })).toMatchObject({ rows: [], unknown: { users: ["carl"] } });
  });

  test("is no error for the same request once more, and one where a part is there", () => {
    const again = { users: ["carl", "dora"], interactions: { users: ["Bob"], items: ["y"], ratings: [9] } };
    expect(asked({ ...again, idempotent: true })).toMatchObject({ rows: [], unknown: { users: ["carl", "dora"] } });
    expect(refusal({ ...request, idempotent: true })).toMatchObject({
      code: "unknown-id",
      advice: expect.stringContaining("`idempotent` is for a request of which nothing is left"),
    });
  });

  test.each(["ignoreUnknown", "idempotent"] as const)(
    "and looks like what it has is never passed over: %s",
    (field) => {
      for (const ids of [["3"], ["carl", "003"], ["３"]])
        expect(refusal({ users: ids, [field]: true })).toMatchObject({
          code: "bad-input",
          message: expect.stringContaining('is unknown, and has look-alikes in this model: "3.0" (2 interactions)'),
        });
      expect(refusal({ ...pair("3", "x"), [field]: true })).toMatchObject({ code: "bad-input" });
      expect(asked({ users: ["3"], [field]: true, exactly: true })).toMatchObject({
        ...{ rows: [], unknown: { users: ["3"] } },
        warnings: ['user "3.0" (2 interactions) looks like "3", and stays'],
      });
      expect(asked({ users: ["3"], [field]: true, allForms: true }).rows).toEqual([5, 7]);
    },
  );
});

describe("before a time", () => {
  test("all rows with an earlier one, or of what is named those", () => {
    expect(asked({ before: 50 }).rows).toEqual([0, 1, 2, 3]);
    expect(asked({ before: 50, users: ["Bob"] }).rows).toEqual([2, 3]);
    expect(asked({ before: 50, items: ["y"] })).toMatchObject({
      rows: [],
      warnings: [expect.stringContaining("request")],
    });
    expect(asked({ before: 70, ...pair("Bob", "x"), exactly: true }).rows).toEqual([2, 3]);
    expect(asked({ before: 10 })).toMatchObject({
      ...{ rows: [], warnings: [expect.stringContaining("1970-01-01T00:00:10Z to 1970-01-01T00:01:20Z")] },
    });
  });

  test("needs times", () => {
    expect(refusal({ before: 50 }, false)).toMatchObject({
      code: "bad-input",
      place: "before",
      advice: expect.stringContaining("`columns`"),
    });
  });
});
