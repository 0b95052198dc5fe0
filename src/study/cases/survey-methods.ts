/** The 41 methods that the survey discusses, each with the name that it has here. */

/** A method of the survey. */
export interface SurveyMethod {
  /** Its name in the survey (Hammoudeh and Lowd 2024). */
  readonly title: string;
  /** In the catalogues. */
  readonly name: string;
  /** Its page, where that is not called after it. */
  readonly page?: string;
  /** The laws that it is held to. */
  readonly check: string;
}

const influence = (title: string, name: string, check = name): SurveyMethod => ({
  title,
  name,
  check: `test/influence/${check}.test.ts`,
});
const valued = (title: string, name: string, check: string): SurveyMethod => ({
  title,
  name,
  check: `test/valuation/${check}.test.ts`,
});

/** In the order of the survey: retraining, static gradients, dynamic gradients. */
export const surveyMethods: readonly SurveyMethod[] = [
  influence("Leave-one-out", "leave-one-out", "re-optimised"),
  { ...influence("kNN leave-one-out", "knn-leave-one-out", "neighbours"), page: "knn-shapley" },
  influence("LeafRefit", "leaf-refit", "trees/leaf-refit"),
  valued("Influence sketching", "influence-sketching", "influence-sketching"),
  valued("Downsampling", "downsampling", "subsets"),
  valued("Consistency profile, C-score", "consistency", "subsets"),
  valued("Generative downsampling", "generative-downsampling", "generative-downsampling"),
  valued("Shapley value", "shapley", "semivalues"),
  valued("Shapley interaction index", "shapley-interaction", "interactions"),
  valued("Shapley–Taylor index", "shapley-taylor", "interactions"),
  valued("TMC-Shapley", "tmc-shapley", "semivalues"),
  valued("G-Shapley", "g-shapley", "g-shapley"),
  influence("kNN Shapley", "knn-shapley", "neighbours"),
  valued("Beta Shapley", "beta-shapley", "semivalues"),
  valued("Banzhaf value", "banzhaf", "semivalues"),
  valued("AME", "ame", "subsets"),
  valued("SHAP", "history-shap", "history-shap"),
  valued("Neuron Shapley", "neuron-shapley", "neuron-shapley"),
  influence("Influence functions", "influence-function"),
  influence("FastIF", "fast-if"),
  influence("Arnoldi influence functions", "arnoldi"),
  influence("LeafInfluence", "leaf-influence", "trees/derivatives"),
  influence("Group influence functions", "influence-function"),
  influence("Second-order group influence functions", "second-order-group"),
  influence("RelatIF", "relative-influence", "normalised"),
  influence("Renormalised influence functions", "renormalised-influence", "normalised"),
  influence("Representer point", "representer-point", "representers"),
  influence("High-dimensional representers", "high-dimensional-representer", "representers"),
  influence("RPS-LJE", "rps-lje", "representers"),
  influence("TREX", "trex", "trees/trex"),
  influence("TracIn", "tracin", "traced/tracin"),
  influence("TracInCP", "tracin-cp", "traced/tracin-cp"),
  influence("TracInRP", "tracin-rp", "traced/tracin-rp"),
  influence("TracIn-Last", "tracin-last", "traced/parts"),
  influence("VAE-TracIn", "vae-tracin", "traced/tracin-users"),
  influence("TracInAD", "tracin-ad", "traced/tracin-users"),
  influence("TracInWE", "tracin-we", "traced/parts"),
  influence("BoostIn", "boostin", "trees/derivatives"),
  influence("GAS", "gas", "traced/renormalised"),
  influence("HyDRA", "hydra", "traced/hydra"),
  influence("SGD-influence", "sgd-influence", "traced/hydra"),
];
