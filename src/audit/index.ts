/** The catalogue of audits. */

import type { Catalogue } from "../method/method.ts";
import { accuracy } from "./accuracy.ts";
import type { Audit } from "./audit.ts";
import { relativeCka } from "./cka.ts";
import { distance } from "./distance.ts";
import { embeddingMap } from "./embedding-map.ts";
import { influenceStability } from "./influence-stability.ts";
import { listStability } from "./list-stability.ts";
import { lossThreshold } from "./loss-threshold.ts";
import { membershipOracle } from "./membership-oracle.ts";
import { alignedParameters } from "./parameters.ts";
import { passesLeft } from "./passes-left.ts";
import { preferenceRatio } from "./preference-ratio.ts";
import { scoreAttack } from "./score.ts";
import { selfInfluence } from "./self-influence.ts";
import { shadowModels } from "./shadow-models.ts";
import { stationarity } from "./stationarity.ts";
import { topItemsOverlap } from "./top-items.ts";
import { weightDistance } from "./weight-distance.ts";

export { type AccuracyFinding, accuracy } from "./accuracy.ts";
export type { Audit, AuditedModel, AuditSubject, NamedPairs } from "./audit.ts";
export { type CkaFinding, type CkaOfGroup, relativeCka } from "./cka.ts";
export { type Difference, type DistanceFinding, type DistanceOnPairs, distance } from "./distance.ts";
export { type EmbeddingMapFinding, embeddingMap, type MapOfModel, type MapPoint } from "./embedding-map.ts";
export { influenceStability } from "./influence-stability.ts";
export { type ListChange, type ListStabilityFinding, listStability } from "./list-stability.ts";
export { lossThreshold } from "./loss-threshold.ts";
export type { AucDifference, MembershipVerdict } from "./membership/equivalence.ts";
export type { AttackRates, ByModel, MembershipFinding, PointCounts } from "./membership/finding.ts";
export { membershipOracle, type OracleFinding } from "./membership-oracle.ts";
export { missingPairs, randomPairs, scoreByIds, scoresByIds } from "./names.ts";
export { alignedParameters, type ParametersFinding } from "./parameters.ts";
export { type PassesLeftFinding, passesLeft, type StepLeft, type WayLeft } from "./passes-left.ts";
export { type PreferenceFinding, type PreferencesOfUsers, preferenceRatio } from "./preference-ratio.ts";
export { scoreAttack } from "./score.ts";
export { type SelfInfluenceFinding, selfInfluence } from "./self-influence.ts";
export { type ShadowFinding, shadowModels } from "./shadow-models.ts";
export type { InfluenceStabilityFinding } from "./stability/experiment.ts";
export { type StationarityFinding, stationarity } from "./stationarity.ts";
export { type TopItemsFinding, topItemsOverlap } from "./top-items.ts";
export { type WeightDistanceFinding, type WeightDistances, weightDistance } from "./weight-distance.ts";

/** Every audit, in the order in which a report shows them. */
export const audits: Catalogue<Audit> = {
  what: "audit",
  methods: [
    stationarity,
    distance,
    alignedParameters,
    topItemsOverlap,
    accuracy,
    influenceStability,
    preferenceRatio,
    relativeCka,
    lossThreshold,
    scoreAttack,
    membershipOracle,
    selfInfluence,
    shadowModels,
    weightDistance,
    passesLeft,
    listStability,
    embeddingMap,
  ],
  variants: {},
};
