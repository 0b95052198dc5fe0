/** Every model of the catalogue under the contract of models. */

import { expect, test } from "vitest";
import { modelKinds } from "../../src/model/index.ts";
import { modelContract } from "./model.contract.ts";
import { smallSettings } from "./small-settings.ts";

test("no model escapes", () => {
  expect(Object.keys(smallSettings).sort()).toEqual(Object.keys(modelKinds).sort());
});

for (const [name, kind] of Object.entries(modelKinds))
  for (const settings of smallSettings[name] ?? []) modelContract(name, kind, settings);
