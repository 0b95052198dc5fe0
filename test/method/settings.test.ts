/** Settings as text are read as what the setting is. */

import { expect, test } from "vitest";
import { checkedSettings, type GivenSettings } from "../../src/method/index.ts";

const spec = {
  count: { summary: "a number", standard: 3, least: 1 },
  deep: { summary: "yes or no", standard: false },
  item: { summary: "an outside id", standard: "" },
};

test("numbers, switches and ids", () => {
  expect(checkedSettings("it", spec, { count: "12", deep: "true", item: "0050" })).toEqual({
    ...{ count: 12, deep: true, item: "0050" },
  });
  expect(checkedSettings("it", spec, { count: "1e3", deep: "false", item: "true" })).toEqual({
    ...{ count: 1000, deep: false, item: "true" },
  });
});

test("text that cannot be read so is refused, and so is a number that is out of range", () => {
  const wrong: GivenSettings[] = [{ count: "many" }, { count: "" }, { count: "0" }, { deep: "perhaps" }, { item: 7 }];
  for (const given of wrong)
    expect(() => checkedSettings("it", spec, given)).toThrow(expect.objectContaining({ code: "bad-input" }));
});
