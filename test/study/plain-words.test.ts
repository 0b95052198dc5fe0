/** What is said of a model after forgetting never contradicts itself, and every word for a grade of proof is explained. */

import { describe, expect, test } from "vitest";
import { forgottenSentence, previewSentence } from "../../src/study/cases/forgotten-words.ts";
import { assuranceOf, assuranceSentence, type Claim, claimLines } from "../../src/study/cases/plain-words.ts";
import { type Certificate, certificateWithoutNumbers } from "../../src/training/certificate.ts";
import type { Guarantee } from "../../src/unlearning/index.ts";

const numbers = {
  ...{ gradientNorm: 1e-9, largestRow: 1e-9, tolerance: 1e-8, objective: 7, dualityGap: 1e-6, sigmaRatio: 1 },
  ...{ rmsBound: 1e-6, curvature: null, localDistance: null },
};
const open = "not converged: ‖∇J‖ 7.3e-2 is above the tolerance 1.0e-8; nothing is certified";
/** Every kind of certificate, as the trainers word them. */
const certificates: Readonly<Record<string, Certificate>> = {
  global: {
    ...numbers,
    ...{ kind: "global", scope: "global", converged: true },
    verdict: "global: any retraining to the optimum predicts the same, to 1.0e-5 rating units",
  },
  local: {
    ...numbers,
    ...{ kind: "stationary", scope: "local", converged: true },
    verdict: "local: retraining from here changes nothing; another optimum for another seed is not excluded",
  },
  open: { ...numbers, gradientNorm: 0.07, kind: "none", scope: "none", converged: false, verdict: open },
  saddle: {
    ...numbers,
    ...{ kind: "none", scope: "none", converged: true },
    verdict: "not a minimum: stationary, but a factor has died out where the data have room for one; train again",
  },
  members: certificateWithoutNumbers(
    "by-construction",
    true,
    "by construction: each of 4 members saw its own rows only",
  ),
  "open members": certificateWithoutNumbers(
    "by-construction",
    false,
    "1 of 4 members did not converge: nothing is certified",
  ),
  "no objective": certificateWithoutNumbers(
    "none",
    true,
    "this model has no objective: nothing is certified but how it was made",
  ),
};
const guarantees: readonly Guarantee[] = ["exact", "certified", "approximate"];
/** What training again may have shown. */
const verifications: Readonly<Record<string, Claim["verification"]>> = {
  "not verified": null,
  same: { equal: true, finished: true },
  elsewhere: { equal: false, finished: true },
  "nowhere yet": { equal: false, finished: false },
};
const table = guarantees.flatMap((guarantee) =>
  Object.entries(certificates).flatMap(([name, certificate]) =>
    Object.entries(verifications).map(([shown, verification]) => ({
      name: `${guarantee}, ${name}, ${shown}`,
      claim: { guarantee, certificate, verification },
    })),
  ),
);
const textOf = (claim: Claim) => [assuranceSentence(claim), ...claimLines(claim)].join("\n");

/** What may not be said beside each assurance. */
const contradictions = {
  proved: /not proved|nothing is certified|not converged|not certified|approximate|nothing says|not a minimum/,
  verified: /\bproved|nothing says|did not end where/,
  "checked locally":
    /\bproved|nothing is certified|not converged|not certified|approximate|any retraining|not a minimum/,
  "not proved":
    /gives: |any retraining|changes nothing|saw its own rows only|(?<!not )certified(?! by)(?!;)(?!$)(?=:)|^exact:/m,
} as const;

describe.each(table)("$name", ({ claim }) => {
  const text = textOf(claim);
  const { certificate, guarantee } = claim;

  test("says one thing of what is proved, and nothing against it", () => {
    const said = text.match(/(?:not )?proved|checked locally|\bverified/g);
    const refuted = text.startsWith("This is not the model that ");
    expect(said ?? ["not proved"]).toEqual([assuranceOf(claim)]);
    expect(refuted).toBe(claim.verification?.equal === false && claim.verification.finished);
    // Where another training has ended elsewhere, a certificate of this place is still true.
    if (!refuted) expect(text).not.toMatch(contradictions[assuranceOf(claim)]);
  });

  test("names the training that was run, and no other", () => {
    expect(/again in the same way/.test(text)).toBe(claim.verification !== null && /training/.test(text));
  });

  test("calls nothing exact or certified that stopped short, and global only what is", () => {
    if (!certificate.converged) expect(text).not.toMatch(/exact[\s\S]*not converged|^certified:/m);
    if (guarantee !== "exact") expect(text).not.toMatch(/\bexact\b/);
    expect(/^global: /m.test(text)).toBe(certificate.kind === "global");
    expect(/^local: /m.test(text)).toBe(certificate.kind === "stationary");
  });

  test("explains each of these words where it stands", () => {
    for (const word of ["exact", "certified", "approximate", "global", "local"]) {
      const lines = text.split("\n").filter((line) => new RegExp(`^(not )?${word}\\b`).test(line));
      for (const line of lines) expect(line).toMatch(/: .{20}/);
    }
  });
});

test("what never saw the data is proved without a certificate, and a name of a method proves nothing", () => {
  for (const certificate of Object.values(certificates)) {
    expect(assuranceOf({ guarantee: "exact", certificate })).toBe("proved");
    if (!certificate.converged)
      for (const guarantee of ["certified", "approximate"] as const)
        expect(assuranceOf({ guarantee, certificate })).toBe("not proved");
  }
  expect(assuranceOf({ guarantee: "approximate", certificate: certificates.global })).toBe("proved");
  expect(assuranceOf({ guarantee: "certified", certificate: certificates.local })).toBe("checked locally");
  expect(assuranceOf({ guarantee: "certified", certificate: certificates.saddle })).toBe("not proved");
  expect(assuranceOf({ guarantee: "approximate", certificate: certificates.members })).toBe("not proved");
});

describe("the sentence", () => {
  const claim = { guarantee: "certified", certificate: certificates.global } as const;
  const none = { users: [], items: [], interactions: [] };
  const events = { users: ["1"], items: ["2"] };
  test.each([
    [{ users: ["42"] }, 5, "User 42 is gone."],
    [{ users: ["3", "5"] }, 5, "Users 3 and 5 are gone."],
    [{ users: ["3", "5", "7", "3"] }, 5, "Users 3, 5 and 7 are gone."],
    [{ users: ["1", "2", "3", "4"] }, 5, "4 users are gone."],
    [{ items: ["x"] }, 5, "Item x is gone."],
    [{ users: ["42"], items: ["x", "y"] }, 5, "User 42 and items x and y are gone."],
    [{ interactions: events }, 1, "1 interaction is gone."],
    [{ interactions: events }, 2, "2 interactions are gone."],
    [{ users: ["42"], interactions: events }, 7, "User 42 and 1 event are gone."],
    [{ before: 0 }, 1200, "1,200 interactions from before 1970-01-01T00:00:00Z are gone."],
  ])("%j", (request, rows, begin) => {
    const told = { request, unknown: none, rows };
    expect(forgottenSentence(told, claim)).toBe(`${begin} This is the model that training without them gives: proved.`);
    expect(previewSentence(told)).toBe(`${begin.replace(/(is|are) gone\.$/, "would be gone")}; nothing was written.`);
  });

  test("leaves out who is unknown, and tells what stays of an item", () => {
    const unknown = { ...none, users: ["5"] };
    expect(forgottenSentence({ request: { users: ["3", "5"] }, unknown, rows: 1 }, claim)).toMatch(/^User 3 is gone\./);
    expect(forgottenSentence({ request: { items: ["x"] }, unknown: none, rows: 1, kept: ["x"] }, claim)).toMatch(
      /^All that was known of item x is gone\./,
    );
  });

  test("of nothing claims nothing", () => {
    const nothing = forgottenSentence(
      { request: { users: ["5"] }, unknown: { ...none, users: ["5"] }, rows: 0 },
      claim,
    );
    expect(nothing).toMatch(
      /^Nothing was forgotten: what was named is not in this model; already forgotten, or never seen/,
    );
    expect(nothing).not.toMatch(/proved|gone/);
    expect(forgottenSentence({ request: { users: [] }, unknown: none, rows: 0 }, claim)).toMatch(/nothing to forget/);
  });
});
