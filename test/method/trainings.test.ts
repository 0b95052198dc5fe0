/** Laws of trainings without some rows, one after another. */

import { expect, test } from "vitest";
import { metric, trainInTurn } from "../../src/method/index.ts";
import { run } from "../support/run.ts";
import { optimum } from "../support/subjects.ts";

test("many measures of one training give the event loop its turns, and all are told", async () => {
  const model = await optimum("mf");
  const measures = Array.from({ length: 5000 }, (_, m) => metric(`measure ${m}`, "units", async () => m));
  let [turns, longest, since] = [0, 0, 0];
  const counted = metric("counted", "units", async () => {
    longest = Math.max(longest, ++since);
    return 0;
  });
  const yieldToEventLoop = async () => {
    turns++;
    since = 0;
  };
  const trainings = await trainInTurn(model, [...measures, ...measures.map(() => counted)], {
    ...run,
    yieldToEventLoop,
  });
  const { values } = await trainings.without(new Uint32Array(0));
  await trainings.close();
  expect(values.subarray(0, 5000)).toEqual(Float64Array.from(measures.keys()));
  expect(turns).toBeGreaterThan(5000);
  expect(longest).toBeLessThanOrEqual(100);
});
