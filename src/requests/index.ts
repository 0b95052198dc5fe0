/** The catalogue of rules that choose erasure requests. */

import type { Catalogue } from "../method/method.ts";
import { randomRequest } from "./random.ts";
import type { RequestRule } from "./request.ts";

export { randomRequest } from "./random.ts";
export type { NamedTrained, RequestRule } from "./request.ts";

/** Every rule. */
export const requestRules: Catalogue<RequestRule> = {
  what: "request rule",
  methods: [randomRequest],
  variants: {},
};
