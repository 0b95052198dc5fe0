/** What is proved of a model after forgetting, in words for people who are no mathematicians. */

import type { Certificate } from "../../training/certificate.ts";
import type { Beginning } from "../../training/trained-model.ts";
import type { Guarantee } from "../../unlearning/index.ts";
import { isRefuted, type Verification } from "./verification.ts";

/** How sure it is that a model is one that training without the forgotten data gives. */
export type Assurance = "proved" | "verified" | "checked locally" | "not proved";

/** What is claimed of a model: by how it was made, and by its certificate. */
export interface Claim {
  readonly guarantee: Guarantee;
  readonly certificate: Pick<Certificate, "kind" | "converged" | "verdict" | "gradientNorm" | "tolerance">;
  /** What training again has shown, where it was tried. */
  readonly verification?: Pick<Verification, "equal" | "finished"> | null | undefined;
  /** Where the model's training began; of closed forms. */
  readonly begins?: Beginning | null | undefined;
}

/** What a claim amounts to: where training again ended elsewhere nothing is proved, and where it ended here that is more than a local check. */
export function assuranceOf(claim: Claim): Assurance {
  if (isRefuted(claim.verification)) return "not proved";
  const certified = withoutTraining(claim);
  return claim.verification?.equal && certified !== "proved" ? "verified" : certified;
}

/** A model that never saw the data needs no certificate; of any other the certificate decides, not the method's name. */
function withoutTraining({ guarantee, certificate: { kind, converged } }: Claim): Assurance {
  if (guarantee === "exact") return "proved";
  if (!converged) return "not proved";
  if (kind === "global") return "proved";
  if (kind === "stationary") return "checked locally";
  return kind === "by-construction" && guarantee === "certified" ? "proved" : "not proved";
}

/** The training that a claim is about: one that draws nothing is the same each time, so that a model can be held against it. */
export function trainingWords({ begins, verification }: Pick<Claim, "begins" | "verification">, data = "them"): string {
  return begins === "continuation" || verification
    ? `training again in the same way without ${data}`
    : `training without ${data}`;
}

/** The claim as a sentence, after what is gone; `data` names the data that training would do without, or with. */
export function assuranceSentence(claim: Claim, data = trainingWords(claim)): string {
  if (isRefuted(claim.verification))
    return `This is not the model that ${data} gives: that training was run, and ends elsewhere.`;
  const assurance = assuranceOf(claim);
  if (assurance === "not proved") return `That this is the model that ${data} gives is not proved.`;
  const which = claim.certificate.kind === "global" || claim.guarantee !== "exact" ? "the" : "a";
  return `This is ${which} model that ${data} gives: ${assurance}.`;
}

/** The guarantee and the certificate, a line each: every word for a grade of proof is explained where it stands. */
export function claimLines(claim: Claim, data = trainingWords(claim)): string[] {
  return [guaranteeLine(claim, data), certificateLine(claim)].filter((line) => line !== undefined);
}

function guaranteeLine(claim: Claim, data: string): string {
  const { guarantee, certificate } = claim;
  if (guarantee === "exact") return "exact: whatever had seen other data was trained again";
  const assured = assuranceOf(claim) !== "not proved";
  if (guarantee === "certified" && assured && !certificate.converged)
    return `not certified: the work stopped short of its tolerance, near where ${data} ends`;
  if (guarantee === "certified")
    return assured
      ? `certified: brought to where ${data} ends, and checked there`
      : `not certified: the work did not end where ${data} would`;
  return assured
    ? `certified by the result: the method promises nothing, but the model stands where ${data} ends`
    : `approximate: an estimate of what ${data} gives${certificate.converged || claim.verification ? "" : "; nothing says how close it is"}`;
}

function certificateLine(claim: Claim): string | undefined {
  const { guarantee, certificate } = claim;
  const { kind, converged, verdict, gradientNorm } = certificate;
  // What these verdicts say contradicts neither a proof nor its absence.
  if (kind === "global" || kind === "stationary") return converged ? verdict : undefined;
  if (kind === "by-construction") return converged && assuranceOf(claim) === "proved" ? verdict : undefined;
  if (guarantee !== "exact") return converged ? "no certificate: this model has no objective to check it by" : verdict;
  if (gradientNorm === null)
    return "no certificate: this model has no objective to check, and the proof is how it was made";
  return "no certificate: like many trainings this one ended short of an optimum, and another seed gives another model";
}
