/** The users or items with the fewest interactions. */

import { method } from "../method/method.ts";
import { degreeRule, degreeSettings } from "./degree.ts";
import type { RequestRule } from "./request.ts";

/** edge@α: the ⌈α·count⌉ users or items with the fewest interactions, all of these; of equals those whose outside ids have the smallest keys. */
export const edgeRequest = method({
  name: "edge",
  summary: "the users (or items) with the fewest interactions",
  source: "definition",
  needs: [],
  settings: degreeSettings,
  cost: "closed form",
  make: (settings): RequestRule => degreeRule(settings, "least"),
});
