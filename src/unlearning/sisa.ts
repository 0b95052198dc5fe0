/** SISA: members on shards at random. */

import { drawnShards } from "../method/needs.ts";
import { memberUnlearner } from "./members.ts";

/** Trains the members again that held a row, from the checkpoint before the first slice that did. */
export const sisa = memberUnlearner({
  name: "sisa",
  summary: "trains those members of random shards again that held a row, from the slice on that did",
  source: "Bourtoule et al. (2021)",
  need: drawnShards,
  guarantee: "exact",
});
