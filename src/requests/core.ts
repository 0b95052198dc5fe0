/** The users or items with the most interactions. */

import { method } from "../method/method.ts";
import { degreeRule, degreeSettings } from "./degree.ts";
import type { RequestRule } from "./request.ts";

/** core@α: the ⌈α·count⌉ users or items with the most interactions, all of these; of equals those whose outside ids have the smallest keys. */
export const coreRequest = method({
  name: "core",
  summary: "the users (or items) with the most interactions",
  source: "definition",
  needs: [],
  settings: degreeSettings,
  cost: "closed form",
  make: (settings): RequestRule => degreeRule(settings, "most"),
});
