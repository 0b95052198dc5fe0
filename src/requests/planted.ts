/** The rows of planted profiles, known by how their ids begin. */

import { LetheError } from "../errors.ts";
import { method } from "../method/method.ts";
import type { RequestRule } from "./request.ts";
import { presentIn, rowsOfAll, sideOf } from "./rows.ts";
import { refuseAll } from "./size.ts";

/** How the ids of planted profiles begin where nobody's does. */
export const plantedPrefix = "planted-";

/** All rows of the users whose outside ids begin with `prefix`. Throws `unknown-id` where nobody's does. */
export const plantedRequest = method({
  name: "planted",
  summary: "planted profiles, known by how their ids begin",
  source: "definition",
  needs: [],
  settings: { prefix: { summary: "how their outside ids begin", standard: plantedPrefix as string } },
  cost: "closed form",
  make: ({ prefix }): RequestRule => ({
    of: "users",
    async choose(model, { yieldToEventLoop }) {
      const { index, ids } = sideOf(model, "users");
      await yieldToEventLoop();
      const planted = presentIn(index).filter((user) => ids[user].startsWith(prefix));
      if (planted.length === 0)
        throw new LetheError(
          "unknown-id",
          `no user's id begins with ${JSON.stringify(prefix)}: nothing is planted here, or it is forgotten already`,
          "`prefix` says how the ids begin",
        );
      const rows = rowsOfAll(index, planted);
      refuseAll(rows, model.trained.interactions, `the ids of all users begin with ${JSON.stringify(prefix)}`);
      return [rows];
    },
  }),
});
