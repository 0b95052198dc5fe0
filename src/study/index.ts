/** The use cases: one question from a file, or a model folder, to its answer. */

export { type Asked, type AskRequest, askNext, type Question } from "./cases/ask.ts";
export { type AuditReport, type AuditRequest, auditModels } from "./cases/audit.ts";
export type { Advice, Cleaned, Removed, Suspect } from "./cases/clean/cleaned.ts";
export { cleanReport } from "./cases/clean/report.ts";
export { type CleanOptions, type CleanRequest, cleanModel, type FoundSuspects } from "./cases/clean.ts";
export type {
  ComparedMethod,
  Comparison,
  Left,
  Reference,
  UnlearnerRecommendation,
} from "./cases/compare/comparison.ts";
export { recommendUnlearner } from "./cases/compare/recommendation.ts";
export { comparisonReport } from "./cases/compare/report.ts";
export {
  type CompareAtRequest,
  type CompareOptions,
  type CompareRequest,
  compareAt,
  compareUnlearners,
} from "./cases/compare.ts";
export { type EvaluationReport, type EvaluationRequest, evaluate } from "./cases/evaluate.ts";
export { type AskedPair, explain, explainEach, explainPlayers } from "./cases/explain.ts";
export type {
  ExplainRequest,
  Explanation,
  Group,
  PlayerExplanation,
  PlayerReason,
  Reason,
} from "./cases/explanation.ts";
export { type ExportReport, exportModel } from "./cases/export.ts";
export { type Fairness, fairnessOf, type NamedFlip, type UserGroup } from "./cases/fairness.ts";
export type { Fidelity, FidelityMethod, FidelityPoint } from "./cases/fidelity/fidelity.ts";
export { fidelityReport, fidelityScatter } from "./cases/fidelity/report.ts";
export { type FidelityOptions, type FidelityRequest, fidelityOf } from "./cases/fidelity.ts";
export {
  type Checked,
  type CheckOptions,
  type ForgetFolderReport,
  type ForgetFolderRequest,
  type ForgetIntoOptions,
  type ForgetReport,
  forgetFolder,
  forgetInto,
  forgetRows,
  type StoredForgetReport,
} from "./cases/forget.ts";
export { type ImportReport, type ImportRequest, importModel } from "./cases/import.ts";
export type { Judged, JudgedCell, JudgedMethod, UsedJudge } from "./cases/judge/judged.ts";
export { judgedReport } from "./cases/judge/report.ts";
export { type JudgeOptions, type JudgeRequest, judgeMethods } from "./cases/judge.ts";
export { type PlantReport, type PlantRequest, plantInto } from "./cases/plant.ts";
export {
  predictPairs,
  type Recommendation,
  type RecommendationList,
  recommend,
  recommendEach,
} from "./cases/recommend.ts";
export type { RecordingOptions } from "./cases/recording.ts";
export { type RequestReport, type RequestSize, type RuleRequest, requestBy } from "./cases/request.ts";
export { type SubjectReport, type SubjectRequest, subjectOf } from "./cases/subject.ts";
export type { Subset } from "./cases/subset/subset.ts";
export { type FoundSubset, type SubsetOptions, type SubsetRequest, subsetOf } from "./cases/subset.ts";
export {
  type TrainedOn,
  type TrainFileOptions,
  type TrainOnOptions,
  type TrainReport,
  trainFile,
  trainOn,
} from "./cases/train.ts";
export {
  type StoredUpdateReport,
  type UpdateFolderReport,
  type UpdateReport,
  type UpdateRequest,
  updateFolder,
  updateInto,
  updateRows,
} from "./cases/update.ts";
export { type ValueReport, type ValueRequest, valuePlayers } from "./cases/value.ts";
export type { Verification } from "./cases/verification.ts";
export { type NamedUnlearner, unlearnerNamed, usualEstimator, usualUnlearner } from "./choosing/methods.ts";
export type { ChangedRow, RowChanges } from "./choosing/next/changes.ts";
export type { ChangeCounts } from "./choosing/next/composed.ts";
export { objectiveOf, planOf, type TrainPlan, type TrainWishes } from "./choosing/plan.ts";
export { type Events, type ForgetRequest, type Requested, requestedRows, rowsOf } from "./choosing/requested-rows.ts";
export { type PoolOptions, trainingPool } from "./pool/pool.ts";
export { runOf, type UseOptions } from "./run.ts";
export { compacted } from "./store/compaction.ts";
export type { Forgetting } from "./store/forgettings.ts";
export { type NamedModel, openModel, type StoreOptions, storeModel } from "./store/model.ts";
export {
  type DataPart,
  type DemoOptions,
  type DemoPart,
  type ForgetPart,
  type ProofPart,
  runDemo,
  type TrainPart,
  type WhyPart,
} from "./stories/demo.ts";
