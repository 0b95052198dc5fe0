/** RecEraser: members on shards of like users, items or interactions. */

import { learnedShards } from "../method/needs.ts";
import { memberUnlearner } from "./members.ts";

/** Trains the members again that held a row, and the attention to all members, which the published code leaves as it was. */
export const recEraser = memberUnlearner({
  name: "receraser",
  summary: "trains those members of like rows again that held one, and the attention to all members",
  source: "Chen et al. (2022)",
  need: learnedShards,
  guarantee: "approximate",
});
