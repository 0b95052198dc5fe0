/** How fast are the kernels on triples? Reference, WebAssembly on one and on two threads, side by side, on MovieLens-1M. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Dataset, Interactions } from "../src/data/index.ts";
import { referenceTriples } from "../src/kernel/triples/reference.ts";
import {
  type TripleKernels,
  type TripleProblem,
  type TripleSession,
  tripleParameters,
} from "../src/kernel/triples/triples.ts";
import { wasmTriples } from "../src/kernel/triples/wasm.ts";
import { randomOf } from "../src/numeric/random.ts";
import { pause, timesMeant, type Versions, versionCells, versionHeader, versionsOf } from "./alternating.ts";
import { dataFolder, movielens } from "./movielens.ts";
import type { Report, Table } from "./report.ts";

interface Measured extends Versions {
  readonly kernel: string;
  readonly factors: number;
}

interface Vectors {
  readonly params: Float64Array;
  readonly direction: Float64Array;
  readonly out: Float64Array;
  readonly order: Uint32Array;
}

interface Kernel {
  readonly name: string;
  run(session: TripleSession, vectors: Vectors): void;
  /** Multiplications and additions of one triple and factor. */
  readonly flops: number;
}

const perRow = 4;

// Slopes at the point are kept between products, as in conjugate gradients.
const kernels: Kernel[] = [
  { name: "evaluate", run: (s, v) => s.evaluate(v.out), flops: 9 },
  { name: "product full", run: (s, v) => s.hessianProduct(v.direction, v.out, "full"), flops: 19 },
  { name: "product gauss-newton", run: (s, v) => s.hessianProduct(v.direction, v.out, "gauss-newton"), flops: 12 },
  { name: "descend", run: (s, v) => s.descend(v.order, 0.01, 0.01), flops: 12 },
];

/** Measures everything on the training part of neural collaborative filtering, four other items for each liked one. */
export async function run(): Promise<Report> {
  const triples = triplesOf(training(await movielens()));
  const one = wasmTriples();
  const two = wasmTriples({ threads: 2 });
  two.ready();
  await pause();
  const measured: Measured[] = [];
  for (const factors of [8, 64]) measured.push(...measure({ ...triples, factors }, [referenceTriples(), one, two]));
  await two.close();
  const { userCount, itemCount, users } = triples;
  const set = `MovieLens-1M without every user's last item, ${userCount} users, ${itemCount} items, ${users.length} triples`;
  return { tables: [tableOf(set, measured)], figures: { triples: users.length, measured } };
}

function measure(problem: TripleProblem, sets: TripleKernels[]): Measured[] {
  const sessions = sets.map((set) => set.open(problem));
  const vectors = vectorsOf(problem);
  const found = kernels.map((kernel) => {
    for (const session of sessions) session.setPoint(vectors.params);
    const runs = sessions.map((session) => () => kernel.run(session, vectors));
    const flops = kernel.flops * problem.users.length * problem.factors;
    return { kernel: kernel.name, factors: problem.factors, ...versionsOf(runs, flops, 4000) };
  });
  for (const session of sessions) session.close();
  return found;
}

function vectorsOf(problem: TripleProblem): Vectors {
  const random = randomOf(1, "bench");
  const scale = 1 / Math.sqrt(problem.factors);
  const vector = () => Float64Array.from({ length: tripleParameters(problem) }, () => (random.uniform() - 0.5) * scale);
  return { params: vector(), direction: vector(), out: vector(), order: shuffled(problem.users.length) };
}

function shuffled(size: number): Uint32Array {
  const random = randomOf(2, "order");
  const order = Uint32Array.from({ length: size }, (_, k) => k);
  for (let k = size - 1; k > 0; k--) {
    const other = random.integer(k + 1);
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order;
}

/** All rows but each user's test item. */
function training({ interactions, userIds, itemIds }: Dataset): Interactions {
  const lines = (name: string) =>
    readFileSync(resolve(dataFolder, "ml-1m/ncf", name), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.trim().split(/\s+/));
  const idOf = new Map(lines("item_map.tsv").map(([index, id]) => [index, id]));
  const held = new Map(
    lines("ml-1m.test.rating").map(([user, item]) => [
      userIds.find(Number(user) + 1),
      itemIds.find(idOf.get(item) ?? ""),
    ]),
  );
  const { users, items, size } = interactions;
  return interactions.select(
    Uint32Array.from({ length: size }, (_, k) => k).filter((k) => held.get(users[k]) !== items[k]),
  );
}

/** Sorted triples, the other items drawn among those that the user has not rated. */
function triplesOf({ users, items, size, userCount, itemCount }: Interactions): Omit<TripleProblem, "factors"> {
  const key = (k: number) => users[k] * itemCount + items[k];
  const rated = new Set(Array.from({ length: size }, (_, k) => key(k)));
  const pairs = Float64Array.from(rated).sort();
  const random = randomOf(3, "others");
  const out = [0, 1, 2].map(() => new Uint32Array(pairs.length * perRow));
  pairs.forEach((pair, k) => {
    const user = Math.floor(pair / itemCount);
    for (let n = k * perRow; n < (k + 1) * perRow; n++) {
      let other = random.integer(itemCount);
      while (rated.has(user * itemCount + other)) other = random.integer(itemCount);
      out[0][n] = user;
      out[1][n] = pair % itemCount;
      out[2][n] = other;
    }
  });
  return { userCount, itemCount, users: out[0], liked: out[1], others: out[2] };
}

function tableOf(set: string, measured: Measured[]): Table {
  return {
    id: "bpr",
    caption: `Pairwise ranking by matrix factorization: one call of each kernel, ${timesMeant} (${set}); "descend" is an epoch in random order, on one thread by definition`,
    header: ["kernel", "factors", ...versionHeader],
    rows: measured.map((one) => [one.kernel, String(one.factors), ...versionCells(one)]),
  };
}
