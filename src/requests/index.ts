/** The catalogue of rules that choose erasure requests. */

import type { Catalogue } from "../method/method.ts";
import { coreRequest } from "./core.ts";
import { edgeRequest } from "./edge.ts";
import { oneShardRequest } from "./one-shard.ts";
import { plantedRequest } from "./planted.ts";
import { randomRequest } from "./random.ts";
import { ratersRequest } from "./raters.ts";
import type { RequestRule } from "./request.ts";
import { sequenceRequest } from "./sequence.ts";

export { coreRequest } from "./core.ts";
export { edgeRequest } from "./edge.ts";
export { oneShardRequest } from "./one-shard.ts";
export { plantedRequest } from "./planted.ts";
export { randomRequest } from "./random.ts";
export { ratersRequest } from "./raters.ts";
export type { NamedTrained, RequestRule } from "./request.ts";
export { sequenceRequest } from "./sequence.ts";

/** Every rule. */
export const requestRules: Catalogue<RequestRule> = {
  what: "request rule",
  methods: [randomRequest, coreRequest, edgeRequest, ratersRequest, oneShardRequest, sequenceRequest, plantedRequest],
  variants: {},
};
