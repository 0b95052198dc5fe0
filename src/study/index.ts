/** The use cases: one question from a file, or a model folder, to its answer. */

export { type AuditReport, auditModels } from "./audit.ts";
export type { CourseOptions } from "./course.ts";
export {
  type DataPart,
  type DemoOptions,
  type DemoPart,
  type ForgetPart,
  type ProofPart,
  runDemo,
  type TrainPart,
  type WhyPart,
} from "./demo.ts";
export { type EvaluationReport, type EvaluationRequest, evaluate } from "./evaluate.ts";
export { type ExplainRequest, type Explanation, explain, type Reason } from "./explain.ts";
export { type ExportReport, exportModel } from "./export.ts";
export type { NamedFactors } from "./factor-model.ts";
export {
  type ForgetFolderReport,
  type ForgetFolderRequest,
  type ForgetIntoOptions,
  type ForgetReport,
  type ForgetRequest,
  forgetFolder,
  forgetInto,
  forgetRows,
  rowsOf,
  type StoredForgetReport,
} from "./forget.ts";
export { type ImportReport, type ImportRequest, importModel } from "./import.ts";
export { type NamedUnlearner, unlearnerNamed } from "./methods.ts";
export {
  compacted,
  type ForgottenNote,
  isFactors,
  isScored,
  type NamedModel,
  openModel,
  type StoreOptions,
  storeModel,
} from "./model.ts";
export {
  type FactorPlan,
  objectiveOf,
  type ScoredPlan,
  type ScoredWishes,
  scoredPlan,
  type TrainPlan,
} from "./plan.ts";
export { predictPairs, type Recommendation, recommend } from "./recommend.ts";
export type { NamedScored } from "./scored-model.ts";
export { type TrainFileOptions, type TrainReport, trainFile, trainOn } from "./train.ts";
