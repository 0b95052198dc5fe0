/** The catalogues of rules that choose erasure requests, and of attacks that are planted to be forgotten. */

import type { Catalogue } from "../method/method.ts";
import type { Attack } from "./attacks/attack.ts";
import { averageAttack } from "./attacks/average-attack.ts";
import { bandwagonAttack } from "./attacks/bandwagon-attack.ts";
import { influencePush } from "./attacks/influence-push.ts";
import { randomAttack } from "./attacks/random-attack.ts";
import { coreRequest } from "./core.ts";
import { edgeRequest } from "./edge.ts";
import { oneShardRequest } from "./one-shard.ts";
import { plantedRequest } from "./planted.ts";
import { randomRequest } from "./random.ts";
import { ratersRequest } from "./raters.ts";
import type { RequestRule } from "./request.ts";
import { sequenceRequest } from "./sequence.ts";

export type { Attack, Poisoned, Victim } from "./attacks/attack.ts";
export { averageAttack } from "./attacks/average-attack.ts";
export { bandwagonAttack } from "./attacks/bandwagon-attack.ts";
export { influencePush } from "./attacks/influence-push.ts";
export { randomAttack } from "./attacks/random-attack.ts";
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

/** Every attack. */
export const attacks: Catalogue<Attack> = {
  what: "attack",
  methods: [randomAttack, averageAttack, bandwagonAttack, influencePush],
  variants: {},
};
