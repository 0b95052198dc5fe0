/** No request leaves an id unmentioned that looks like one it names, however ids are written and whatever is tolerated. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { idsOf } from "../../src/data/dataset.ts";
import { interactionsOf } from "../../src/data/interactions.ts";
import { LetheError } from "../../src/errors.ts";
import { differentiable } from "../../src/objective/differentiable.ts";
import { objectiveSettings } from "../../src/objective/factor-settings.ts";
import { type ForgetRequest, requestedRows } from "../../src/study/choosing/requested-rows.ts";
import { alsNewton, smoothModel } from "../../src/training/index.ts";
import { settingsOf } from "../support/small.ts";

/** Ways of writing one person's id; no two people share one. */
const people: readonly (readonly string[])[] = [
  ["3", "3.0", "003", "３", "3 ", "3.", "+3"],
  ["-3", "-3.0", "-03"],
  ["0", "0.0", "-0", "００"],
  ["Anna", "anna", "ＡＮＮＡ", "anna ", "ANNA"],
  ["Zoë", "Zoe\u0308", "zoë", " Zoë"],
  ["ﬁona", "fiona", "Fiona\u00a0"],
  ["30", "30.0"],
  ["3.5", "3.5 "],
];
const personOf = new Map(people.flatMap((forms, person) => forms.map((form) => [form, person] as const)));
const anyForm = fc.constantFrom(...personOf.keys());

function modelOf(userIds: readonly string[]) {
  const interactions = interactionsOf({
    ...{ userCount: userIds.length, itemCount: 1 },
    users: Uint32Array.from(userIds, (_, k) => k),
    items: new Uint32Array(userIds.length),
    ratings: new Float64Array(userIds.length).fill(1),
    times: undefined,
  });
  const settings = objectiveSettings(settingsOf({ factors: 1 }));
  const objective = differentiable(settings, interactions);
  const params = new Float64Array(objective.parameterCount);
  const trained = smoothModel({
    ...{ objective, params, status: "converged", value: 0, gradientNorm: 0, tolerance: 1 },
    ...{ trainer: alsNewton(settings), seed: 1 },
  });
  return { trained, dataset: { interactions, userIds: idsOf(userIds), itemIds: idsOf(["x"]), itemInfo: new Map() } };
}

/** Ids of rows that go, and all that is said. */
function told(userIds: readonly string[], request: ForgetRequest) {
  try {
    const { rows, warnings, unknown } = requestedRows(modelOf(userIds), request);
    return { gone: Array.from(rows, (row) => userIds[row]), said: warnings.join("\n"), unknown: unknown.users };
  } catch (error) {
    if (!(error instanceof LetheError)) throw error;
    return { gone: [] as string[], said: error.message, unknown: [] as string[], code: error.code };
  }
}

const flags = fc.constantFrom<Partial<ForgetRequest>>(
  {},
  ...[{ exactly: true }, { allForms: true }, { ignoreUnknown: true }, { idempotent: true }],
  ...[
    { ignoreUnknown: true, exactly: true },
    { idempotent: true, exactly: true },
    { ignoreUnknown: true, allForms: true },
    { idempotent: true, allForms: true },
  ],
);

test("an id that looks like one of the request goes, is asked for, or is mentioned", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(anyForm, { minLength: 1, maxLength: 12 }),
      fc.uniqueArray(anyForm, { minLength: 1, maxLength: 8 }),
      flags,
      (userIds, asked, how) => {
        const { gone, said, unknown, code } = told(userIds, { users: asked, ...how });
        const known = new Set(userIds);
        for (const id of userIds) {
          const alike = asked.filter((other) => other !== id && personOf.get(other) === personOf.get(id));
          if (alike.length === 0 || asked.includes(id) || gone.includes(id)) continue;
          // Where an error is of what is unknown, look-alikes of what is known come after it.
          const first = code !== "unknown-id" || (!how.allForms && alike.some((other) => !known.has(other)));
          if (first)
            expect(said, `${JSON.stringify(id)} beside ${JSON.stringify(asked)}`).toContain(JSON.stringify(id));
        }
        // Nobody goes who was not meant, and nobody who is asked for is passed over in silence.
        for (const id of gone)
          expect(
            asked.some((other) => other === id || (how.allForms && personOf.get(other) === personOf.get(id))),
          ).toBe(true);
        if (code !== undefined) return;
        for (const id of asked)
          expect(
            gone.includes(id) || unknown.includes(id) || gone.some((one) => personOf.get(one) === personOf.get(id)),
          ).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});
