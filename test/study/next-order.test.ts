/** The order of users and items after an update: by first appearance, or by position where rows are known by it. */

import { expect, test } from "vitest";
import { LetheError } from "../../src/errors.ts";
import { nextOrder } from "../../src/study/choosing/next/order.ts";
import { datasetOf, type Event } from "../support/events.ts";

const idsIn = (events: readonly Event[], positions?: object) => {
  const dataset = datasetOf(events);
  const { sides, positions: then } = nextOrder(dataset, positions);
  const named = (side: "user" | "item") => Array.from(sides[side].old, (k) => dataset[`${side}Ids`].list[k]);
  return { users: named("user"), items: named("item"), positions: then };
};

test("by first appearance", () => {
  const events: Event[] = [
    ["b", "y", 1],
    ["a", "x", 1],
    ["b", "x", 1],
  ];
  expect(idsIn(events)).toEqual({ users: ["b", "a"], items: ["y", "x"], positions: undefined });
});

test("a side that is known by positions keeps their order, and has room for a new one", () => {
  const events: Event[] = [
    ["7", "y", 1],
    ["2", "x", 1],
    ["10", "x", 1],
  ];
  expect(idsIn(events, { users: 9 })).toEqual({ users: ["2", "7", "10"], items: ["y", "x"], positions: { users: 11 } });
  expect(idsIn(events, { users: 20 }).positions).toEqual({ users: 20 });
});

test.each(["new", "3.0", "03", "-1"])("%s is no position", (id) => {
  const events: Event[] = [
    ["7", "y", 1],
    [id, "x", 1],
  ];
  expect(() => idsIn(events, { users: 9 })).toThrow(LetheError);
  expect(() => idsIn(events, { users: 9 })).toThrow(JSON.stringify(id));
  expect(idsIn(events, {}).users).toEqual(["7", id]);
});
