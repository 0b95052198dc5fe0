/** What methods are made of: settings, needs, players and measures. */

export { type Estimate, type EstimateRun, type Estimator, type PreparedEstimator, worstOf } from "./estimator.ts";
export { type Measure, measureOf, metric } from "./measure.ts";
export {
  type Catalogue,
  type Cost,
  checkedSettings,
  type GivenSettings,
  type Method,
  makeNamed,
  method,
  methodNamed,
  type Need,
  namesOf,
  requireNeeds,
  type SettingSpec,
  type SettingsSpec,
  type SettingValue,
  unmetNeed,
  type ValueKind,
  type Variant,
} from "./method.ts";
export {
  dataInside,
  dotProducts,
  drawnShards,
  ensembleOfTrees,
  halfSolutions,
  historyDensity,
  learnedShards,
  linearScores,
  localScores,
  plainSteps,
  positiveL2,
  ratings,
  recordedSteps,
  rowTerms,
  sgdSteps,
  sharedWeights,
  smoothParameters,
  tableL2,
  tablesWithL2,
  triples,
} from "./needs.ts";
export { ownOf, ownOneByOne } from "./own.ts";
export { fitOf } from "./own-fit.ts";
export {
  groupPlayers,
  interactionPlayers,
  itemPlayers,
  type PlayerKind,
  type Players,
  unitPlayers,
  userPlayers,
} from "./players.ts";
export { type Family, familyOf, type Kin, type Properties, type Trait, traits } from "./properties.ts";
export { canonicalExamples, normativeExamples, rankingOf } from "./ranking.ts";
export { type Measured, type OpenTrainings, type Trainings, trainInTurn } from "./trainings.ts";
