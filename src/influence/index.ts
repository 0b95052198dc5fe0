/** The catalogue of influence estimators. */

import type { Estimator } from "../method/estimator.ts";
import type { Catalogue } from "../method/method.ts";
import { arnoldi } from "./arnoldi.ts";
import { contributions } from "./contributions.ts";
import { dataInf } from "./data-inf.ts";
import { fastInfluence } from "./fast/fast-influence.ts";
import { fastIf } from "./fast-if.ts";
import { influenceFunction } from "./influence-function.ts";
import { influenceInterval } from "./influence-interval.ts";
import { leaveOneOut } from "./leave-one-out.ts";
import { leaveOneOutFixedItems } from "./leave-one-out-fixed-items.ts";
import { knnLeaveOneOut } from "./neighbours/knn-leave-one-out.ts";
import { knnShapley } from "./neighbours/knn-shapley.ts";
import { newtonStep } from "./newton-step.ts";
import { relativeInfluence } from "./normalised/relative-influence.ts";
import { relativeInfluenceBlock } from "./normalised/relative-influence-block.ts";
import { renormalisedInfluence } from "./normalised/renormalised-influence.ts";
import { proximalBregman } from "./proximal-bregman.ts";
import { highDimensionalRepresenter } from "./representers/high-dimensional-representer.ts";
import { representerPoint } from "./representers/representer-point.ts";
import { rpsLje } from "./representers/rps-lje.ts";
import { secondOrderGroup } from "./second-order-group.ts";
import { gas } from "./traced/gas.ts";
import { hydra } from "./traced/hydra.ts";
import { renormalisedTracin } from "./traced/renormalised-tracin.ts";
import { sgdInfluence } from "./traced/sgd-influence.ts";
import { tracin } from "./traced/tracin.ts";
import { tracinAd } from "./traced/tracin-ad.ts";
import { tracinCp } from "./traced/tracin-cp.ts";
import { tracinLast } from "./traced/tracin-last.ts";
import { tracinRp } from "./traced/tracin-rp.ts";
import { tracinWe } from "./traced/tracin-we.ts";
import { vaeTracin } from "./traced/vae-tracin.ts";
import { trak } from "./trak.ts";
import { boostIn } from "./trees/boostin.ts";
import { leafInfluence } from "./trees/leaf-influence.ts";
import { leafRefit } from "./trees/leaf-refit.ts";
import { trex } from "./trees/trex.ts";

export { arnoldi } from "./arnoldi.ts";
export { contributions } from "./contributions.ts";
export { dataInf } from "./data-inf.ts";
export { fastInfluence } from "./fast/fast-influence.ts";
export { fastIf } from "./fast-if.ts";
export { influenceFunction } from "./influence-function.ts";
export { influenceInterval } from "./influence-interval.ts";
export { leaveOneOut } from "./leave-one-out.ts";
export { leaveOneOutFixedItems } from "./leave-one-out-fixed-items.ts";
export { knnLeaveOneOut } from "./neighbours/knn-leave-one-out.ts";
export { knnShapley } from "./neighbours/knn-shapley.ts";
export { newtonStep } from "./newton-step.ts";
export { relativeInfluence } from "./normalised/relative-influence.ts";
export { relativeInfluenceBlock } from "./normalised/relative-influence-block.ts";
export { renormalisedInfluence } from "./normalised/renormalised-influence.ts";
export { proximalBregman } from "./proximal-bregman.ts";
export { highDimensionalRepresenter } from "./representers/high-dimensional-representer.ts";
export { representerPoint } from "./representers/representer-point.ts";
export { rpsLje } from "./representers/rps-lje.ts";
export { secondOrderGroup } from "./second-order-group.ts";
export { staleBeyond, tableFactorRatings } from "./stability/stale.ts";
export type { Validity } from "./stability/validity.ts";
export { gas } from "./traced/gas.ts";
export { hydra } from "./traced/hydra.ts";
export { renormalisedTracin } from "./traced/renormalised-tracin.ts";
export { sgdInfluence } from "./traced/sgd-influence.ts";
export { tracin } from "./traced/tracin.ts";
export { tracinAd } from "./traced/tracin-ad.ts";
export { tracinCp } from "./traced/tracin-cp.ts";
export { tracinLast } from "./traced/tracin-last.ts";
export { tracinRp } from "./traced/tracin-rp.ts";
export { tracinWe } from "./traced/tracin-we.ts";
export { vaeTracin } from "./traced/vae-tracin.ts";
export { trak } from "./trak.ts";
export { boostIn } from "./trees/boostin.ts";
export { leafInfluence } from "./trees/leaf-influence.ts";
export { leafRefit } from "./trees/leaf-refit.ts";
export { trex } from "./trees/trex.ts";

/** Every estimator. */
export const estimators: Catalogue<Estimator> = {
  what: "estimator",
  methods: [
    fastInfluence,
    influenceFunction,
    newtonStep,
    leafInfluence,
    leaveOneOut,
    influenceInterval,
    leaveOneOutFixedItems,
    secondOrderGroup,
    arnoldi,
    fastIf,
    trak,
    dataInf,
    proximalBregman,
    relativeInfluence,
    relativeInfluenceBlock,
    renormalisedInfluence,
    contributions,
    representerPoint,
    highDimensionalRepresenter,
    rpsLje,
    knnLeaveOneOut,
    knnShapley,
    tracin,
    vaeTracin,
    tracinAd,
    tracinCp,
    leafRefit,
    boostIn,
    tracinRp,
    tracinLast,
    tracinWe,
    hydra,
    sgdInfluence,
    trex,
    gas,
    renormalisedTracin,
  ],
  variants: {
    "in-run-shapley": { of: "tracin", settings: {} },
    "fast-influence-block": { of: "fast-influence", settings: { form: "block" } },
    "fast-influence-text": { of: "fast-influence", settings: { form: "text" } },
    "fast-influence-code": { of: "fast-influence", settings: { form: "code" } },
    "fast-influence-network": { of: "fast-influence", settings: { through: "network" } },
    "influence-function-fixed-data": { of: "influence-function", settings: { data: "fixed" } },
    "renormalised-influence-unit": { of: "renormalised-influence", settings: { target: "unit" } },
    "hydra-fast": { of: "hydra", settings: { form: "fast" } },
    "hydra-fixed-data": { of: "hydra", settings: { data: "fixed" } },
    "sgd-influence-fixed-data": { of: "sgd-influence", settings: { data: "fixed" } },
    "tracin-ideal": { of: "tracin", settings: { form: "ideal" } },
    "second-order-group-third": { of: "second-order-group", settings: { form: "third-derivative" } },
  },
};
