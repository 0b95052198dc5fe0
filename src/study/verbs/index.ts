/** The verbs: what the command line, HTTP and jobs may ask for, each with schemas of request and result. */

import { audit, evaluate, info, predict, recommend } from "./ask.ts";
import { clean } from "./clean.ts";
import { compare } from "./compare.ts";
import { exportFactors, importFactors } from "./exchange.ts";
import { explain } from "./explain.ts";
import { fairness } from "./fairness.ts";
import { fidelity } from "./fidelity.ts";
import { forget } from "./forget.ts";
import { judge } from "./judge.ts";
import { methods } from "./methods.ts";
import { ask } from "./newcomer.ts";
import { plant, request } from "./requests.ts";
import { subject } from "./subject.ts";
import { subset } from "./subset.ts";
import { train } from "./train.ts";
import { update } from "./update.ts";
import { value } from "./value.ts";
import type { Verb } from "./verb.ts";

export { folderStore, type Store } from "../store/store.ts";
export { audit, evaluate, info, predict, recommend } from "./ask.ts";
export { clean } from "./clean.ts";
export { compare } from "./compare.ts";
export { exportFactors, importFactors } from "./exchange.ts";
export { explain } from "./explain.ts";
export { fairness } from "./fairness.ts";
export { fidelity } from "./fidelity.ts";
export { forget } from "./forget.ts";
export { judge } from "./judge.ts";
export { type Listed, methods } from "./methods.ts";
export { ask } from "./newcomer.ts";
export { plant, request } from "./requests.ts";
export { subject } from "./subject.ts";
export { subset } from "./subset.ts";
export { train } from "./train.ts";
export { update } from "./update.ts";
export { value } from "./value.ts";
export { checkedField, type Verb } from "./verb.ts";

/** Every verb, in the order in which the command line lists them. */
export const verbs: readonly Verb[] = [
  train,
  info,
  importFactors,
  exportFactors,
  predict,
  recommend,
  evaluate,
  explain,
  value,
  plant,
  request,
  subject,
  forget,
  update,
  audit,
  compare,
  clean,
  ask,
  subset,
  fairness,
  judge,
  fidelity,
  methods,
] as readonly Verb[];
