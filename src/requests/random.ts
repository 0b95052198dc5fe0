/** A share of all users or interactions at random. */

import { LetheError } from "../errors.ts";
import { method } from "../method/method.ts";
import { keyedUniform, randomOf } from "../numeric/random.ts";
import type { RequestRule } from "./request.ts";
import { presentUsers, rowsOfUsers } from "./rows.ts";

/**
 * rand@α: ⌈α·count⌉ users with all their interactions, or interactions. Drawn by outside ids, so that the order of the rows does not matter.
 */
export const randomRequest = method({
  name: "random",
  summary: "a share of all users (or interactions) at random",
  source: "Li et al. (2024), §6.1",
  needs: [],
  settings: {
    of: { summary: "what is drawn", standard: "users", choices: ["users", "interactions"] },
    share: { summary: "share of them, below 1", standard: 0.025, above: 0 },
    seed: { summary: "seed of the draw", standard: 1, least: 0 },
  },
  cost: "closed form",
  make: ({ of, share, seed }): RequestRule => ({
    async choose({ trained: { interactions, keys } }) {
      if (share >= 1) throw new LetheError("bad-input", `share is ${share}; expected a number below 1`);
      const { users, items, size } = interactions;
      const stream = randomOf(seed, "random request").integer(2 ** 53);
      if (of === "interactions")
        return [
          smallest(size, share, (row) => keyedUniform(stream, keys.users[users[row]], keys.items[items[row]], 1)),
        ];
      const present = presentUsers(interactions);
      const drawn = smallest(present.length, share, (k) => keyedUniform(stream, keys.users[present[k]], 0, 0));
      return [
        rowsOfUsers(
          interactions,
          Array.from(drawn, (k) => present[k]),
        ),
      ];
    },
  }),
});

/** The ⌈share·count⌉ of 0 … count − 1 with the smallest keys, ascending. */
function smallest(count: number, share: number, key: (k: number) => number): Uint32Array {
  const keyed = Array.from({ length: count }, (_, k) => [key(k), k] as const);
  keyed.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return Uint32Array.from(keyed.slice(0, Math.ceil(share * count)), ([, k]) => k).sort();
}
