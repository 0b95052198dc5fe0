/** Requests of single users that follow each other. */

import { method } from "../method/method.ts";
import { randomOf } from "../numeric/random.ts";
import { drawnOf, keyOf } from "./random.ts";
import type { RequestRule } from "./request.ts";
import { byId, presentIn, rowsOfAll, sideOf } from "./rows.ts";
import { sizeBelow } from "./size.ts";

/**
 * `count` requests, each of one user with all interactions, nobody twice, in an order that is drawn. With the same seed a shorter sequence is
 * the beginning of a longer one.
 */
export const sequenceRequest = method({
  name: "sequence",
  summary: "requests that follow each other, each of one user, nobody twice",
  source: "definition",
  needs: [],
  settings: {
    count: { summary: "how many requests", standard: 10, least: 1 },
    seed: { summary: "seed of the draw", standard: 1, least: 0 },
  },
  cost: "closed form",
  make: ({ count, seed }): RequestRule => ({
    of: "users",
    async choose(model, run) {
      const side = sideOf(model, "users");
      const present = presentIn(side.index);
      const wanted = sizeBelow({ share: 0, count }, present.length, side.what);
      const users = await drawnOf(side, present, wanted, randomOf(seed, "sequence of requests"), run);
      const key = keyOf(side, randomOf(seed, "sequence of requests").integer(2 ** 53));
      const order = byId(side);
      return Array.from(
        users.sort((a, b) => key(a) - key(b) || order(a, b)),
        (user) => rowsOfAll(side.index, [user]),
      );
    },
  }),
});
