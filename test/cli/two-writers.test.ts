/** Two processes that forget from one folder at the same time. `LETHE_ROUNDS` says how many rounds; default 6. */

import { cpSync, rmSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { letheProgram } from "../support/lethe.ts";
import { sandbox, tinyCsv, tinyUserIds } from "../support/sandbox.ts";

const { at, cwd, run, write, json, bytesOf } = sandbox();
const rounds = Number(process.env.LETHE_ROUNDS ?? 6);

beforeAll(async () => {
  write("ratings.csv", tinyCsv);
  await json("train ratings.csv --out fresh --factors 2 --l2 2 --l2-bias 2");
});

test("at least one succeeds in every round, the other gets a conflict, and no erased id comes back", {
  timeout: 20_000 * rounds,
}, async () => {
  const [first, second] = tinyUserIds;
  let conflicts = 0;
  for (let round = 0; round < rounds; round++) {
    rmSync(at("model"), { recursive: true, force: true });
    cpSync(at("fresh"), at("model"), { recursive: true });
    // Offsets up to about the length of a command, by a low-discrepancy sequence.
    const offset = 900 * ((round * 0.618034) % 1);
    const forget = (id: string) =>
      letheProgram(["forget", "model", "--users", id, "--out", "model", "--json"], { cwd });
    const later = new Promise((resolve) => setTimeout(resolve, offset)).then(() => forget(second));
    const ends = [await forget(first), await later];
    const gone = [first, second].filter((_, k) => ends[k].status === 0);
    expect(gone.length, JSON.stringify(ends)).toBeGreaterThan(0);
    for (const { status, stderr } of ends) if (status !== 0) expect({ status, stderr }).toMatchObject({ status: 3 });
    conflicts += 2 - gone.length;
    const bytes = bytesOf("model");
    for (const id of [first, second]) expect(bytes.includes(id), `round ${round}: ${id}`).toBe(!gone.includes(id));
    const retried = [first, second].filter((id) => !gone.includes(id));
    for (const id of retried) expect((await forget(id)).status).toBe(0);
    for (const id of [first, second]) expect(bytesOf("model")).not.toContain(id);
  }
  expect(conflicts).toBeGreaterThan(0);
});

test("into one other folder the second request is refused with the reason, unless it may overwrite", async () => {
  const [first, second] = tinyUserIds;
  const told = await json<{ digestBefore: string; digestAfter: string }>(`forget fresh --users ${first} --out other`);
  expect([told.digestBefore, told.digestAfter]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), expect.any(String)]);
  const refused = await run(`forget fresh --users ${second} --out other`);
  expect(refused).toMatchObject({ status: 3, stdout: "", stderr: expect.stringContaining("bring back") });
  expect(bytesOf("other")).not.toContain(first);
  await json(`forget fresh --users ${second} --out other --overwrite`);
  expect(bytesOf("other")).toContain(first);
});

test("info --verify names what does not belong to the model", async () => {
  expect(await json("info fresh --verify")).toMatchObject({ agrees: true, otherFiles: [] });
  write("fresh/notes.txt", "mine");
  expect(await json("info fresh --verify")).toMatchObject({ agrees: true, otherFiles: ["notes.txt"] });
  expect((await run("info fresh --verify")).stdout).toContain("notes.txt");
});
