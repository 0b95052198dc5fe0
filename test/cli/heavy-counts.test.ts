/** Counts with heavy tails and ratings in large units converge and are certified, or the message says what to change, and that works. */

import { beforeAll, expect, test } from "vitest";
import { plantedFactors } from "../../src/data/synthetic.ts";
import { sandbox } from "../support/sandbox.ts";

const { write, run, json } = sandbox();

interface Trained {
  readonly status: string;
  readonly gradientNorm: number;
  readonly tolerance: number;
  readonly toleranceScale: number | null;
  readonly l2From: string;
  readonly warnings: readonly string[];
}

const set = plantedFactors({
  users: 40,
  items: 25,
  ratings: 420,
  factors: 2,
  noise: 0.5,
  seed: 4,
  scale: "half",
}).interactions;

/** The ratings of the set as other numbers. */
function written(name: string, numberOf: (rating: number) => number): void {
  const rows = Array.from(set.ratings, (rating, k) => `${set.users[k] + 1},${set.items[k] + 1},${numberOf(rating)}`);
  write(name, `user,item,rating\n${rows.join("\n")}\n`);
}

beforeAll(() => {
  written("ratings.csv", (r) => r);
  written("counts.csv", (r) => Math.round(10 ** r));
  written("counts9.csv", (r) => Math.round(10 ** (1.8 * r)));
  written("logs.csv", (r) => Math.log1p(Math.round(10 ** r)));
  written("millions.csv", (r) => 1e6 * r);
  written("shares.csv", (r) => r / 1e4);
});

test.each([
  ["counts.csv", ""],
  ["counts.csv", "--model ials"],
  ["logs.csv", "--model ials --alpha 40 --l2 1"],
  ["counts9.csv", "--model ials --alpha 40"],
  ["counts9.csv", ""],
  ["millions.csv", ""],
  ["millions.csv", "--model ials"],
  ["shares.csv", ""],
])(
  "%s %s converges, to a tolerance that the folder's own rows confirm, also after somebody left",
  async (file, flags) => {
    const trained = await json<Trained>(`train ${file} ${flags} --out model`.replace("  ", " "));
    expect(trained).toMatchObject({ status: "converged", warnings: [] });
    expect(trained.gradientNorm).toBeLessThanOrEqual(trained.tolerance);
    expect(trained.tolerance).toBeCloseTo(1e-8 * (trained.toleranceScale ?? 0), 12);
    expect(await json("info model --verify")).toMatchObject({ agrees: true, certificate: { converged: true } });
    const left = await json<Trained>("forget model --users 3 --out left");
    expect(left).toMatchObject({ status: "converged" });
    expect(left.tolerance).not.toBe(trained.tolerance);
    expect(await json("info left --verify")).toMatchObject({ agrees: true });
  },
);

test("where it does not converge, each remedy that is told works", async () => {
  const hard = "--model ials --alpha 40 --l2 1 --start random";
  const text = await run(`train counts.csv ${hard} --max-steps 5 --out hard`);
  expect(text.status).toBe(1);
  expect(text.stderr).toMatch(
    /training stopped before its optimum: .* raise --max-steps, to 300; or leave --l2 out: \S+ follows/,
  );
  const [, alpha] = /--alpha, (\S+);/.exec(text.stderr) ?? [];
  for (const easier of [
    "counts.csv --model ials --alpha 40",
    `counts.csv --model ials --l2 1 --alpha ${alpha}`,
    `logs.csv ${hard}`,
  ])
    expect(await json(`train ${easier} --out easy`)).toMatchObject({ status: "converged", warnings: [] });
  const limit = await run("train ratings.csv --max-steps 1 --l2 0.5 --start random --out hard");
  expect(limit).toMatchObject({ status: 1 });
  expect(limit.stderr).toContain("raise --max-steps, to 300");
  expect(await json("train ratings.csv --max-steps 300 --l2 0.5 --out easy")).toMatchObject({ status: "converged" });
});

test("a tolerance that is given stands whatever the data; where rounding allows no such, the message says so", async () => {
  const given = await json<Trained>("train ratings.csv --tolerance 1e-8 --out model");
  expect(given).toMatchObject({ status: "converged", tolerance: 1e-8, toleranceScale: null });
  expect(await json("forget model --users 3 --out left")).toMatchObject({ tolerance: 1e-8, status: "converged" });
  const text = await run("train millions.csv --tolerance 1e-8 --out tight");
  expect(text.status).toBe(1);
  expect(text.stderr).toMatch(/leave --tolerance out: for these data it is 0\.003/);
});
