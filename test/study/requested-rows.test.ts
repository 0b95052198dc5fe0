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
  const { rows: found, warnings } = requestedRows(modelWith(times), request);
  return { rows: [...found], warnings };
};
const pair = (user: string, item: string, more = {}) => ({ interactions: { users: [user], items: [item], ...more } });
const refusal = (request: ForgetRequest) => {
  try {
    asked(request);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe("ids", () => {
  test("that nothing looks like are taken as they are", () => {
    expect(asked({ users: ["Bob"], items: ["y"] })).toEqual({ rows: [2, 3, 4, 5, 6], warnings: [] });
  });

  test("that others look like are refused with their counts, unless it is said which are meant", () => {
    expect(refusal({ users: ["anna"] })).toMatchObject({
      code: "bad-input",
      message: expect.stringContaining('"Anna" (1 interaction)'),
      advice: expect.stringMatching(/`exactly`.*`allForms`/),
    });
    expect(asked({ users: ["anna"], exactly: true })).toEqual({
      rows: [1],
      warnings: ['user "Anna" (1 interaction) looks like "anna", and stays'],
    });
    expect(asked({ users: ["anna"], allForms: true })).toEqual({
      rows: [0, 1],
      warnings: ['user "Anna" (1 interaction) looks like "anna", and was forgotten as well'],
    });
    expect(asked({ users: ["anna", "Anna"] })).toEqual({ rows: [0, 1], warnings: [] });
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
