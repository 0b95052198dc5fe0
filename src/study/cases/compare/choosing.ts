/** What a comparison compares, and with which settings: unlearners, audits, and those that are left out. */

import { type Audit, type AuditSubject, audits } from "../../../audit/index.ts";
import { LetheError } from "../../../errors.ts";
import { checkedSettings, type GivenSettings, methodNamed, requireNeeds, unmetNeed } from "../../../method/method.ts";
import type { TrainedModel } from "../../../training/trained-model.ts";
import { unlearners } from "../../../unlearning/index.ts";
import { auditOf, cheapOnes } from "../audit.ts";
import { type OwnModel, ownModelOf, ownModels } from "./own-models.ts";
import { type Stage, stageOf } from "./stages.ts";

/** A method to compare, with all its settings. */
export interface ChosenMethod {
  readonly name: string;
  /** The unlearner: another name where the method brings its own model. */
  readonly unlearner: string;
  readonly settings: GivenSettings;
  readonly stage: Stage;
  readonly own: OwnModel | undefined;
}

/** Settings by owner; those without one, which are the request rule's, under the empty name. */
export function settingsByOwner(settings: GivenSettings = {}): ReadonlyMap<string, GivenSettings> {
  const out = new Map<string, GivenSettings>();
  for (const [name, value] of Object.entries(settings)) {
    const dot = name.lastIndexOf(".");
    const owner = name.slice(0, Math.max(0, dot));
    out.set(owner, { ...out.get(owner), [name.slice(dot + 1)]: value });
  }
  return out;
}

/** Throws `bad-input` on settings of something that takes no part. */
export function checkOwners(settings: ReadonlyMap<string, GivenSettings>, taking: readonly string[]): void {
  for (const [owner, given] of settings)
    if (!taking.includes(owner))
      throw new LetheError(
        "bad-input",
        owner === ""
          ? `the setting ${Object.keys(given)[0]} is a request rule's, and the request names ids`
          : `the setting ${owner}.${Object.keys(given)[0]} is of ${owner}, which takes no part in this comparison`,
        `settings here are of: ${taking.filter((name) => name !== "").join(", ")}`,
        "settings",
      );
}

/** The methods of these names, or all of the catalogue that the model has what they need for; the others are put to `skipped`. */
export function chosenMethods(
  names: readonly string[] | undefined,
  model: TrainedModel,
  settings: ReadonlyMap<string, GivenSettings>,
  skipped: Record<string, string>,
): ChosenMethod[] {
  const chosen = names === undefined ? usualMethods(model, skipped) : [...new Set(names)];
  return chosen.map((name) => chosenMethod(name, model, settings.get(name)));
}

function chosenMethod(name: string, model: TrainedModel, given: GivenSettings = {}): ChosenMethod {
  const own = ownModelOf(name);
  const unlearner = own?.unlearner ?? name;
  if (own === undefined) requireNeeds(unlearners, name, model);
  else if (model.shards !== undefined)
    throw new LetheError("unsupported", `${name} trains ${inShards}`, `${unlearner} forgets from this model`);
  const { entry, settings } = methodNamed(unlearners, unlearner);
  const all = checkedSettings(name, entry.settings, { ...settings, ...given });
  return { name, unlearner, settings: all, stage: stageOf(name, entry.cost), own };
}

const inShards = "a model in shards of its own, and this one is in shards already";

function usualMethods(model: TrainedModel, skipped: Record<string, string>): string[] {
  const out: string[] = [];
  for (const entry of unlearners.methods) {
    if (ownModelOf(entry.name)) continue;
    const costly = entry.cost === "a pool" ? "costs many trainings, and runs only where it is named" : undefined;
    const why = unmetNeed(entry, model) ?? costly;
    if (why === undefined) out.push(entry.name);
    else skipped[entry.name] = why;
  }
  for (const name of Object.keys(ownModels))
    skipped[name] = model.shards
      ? `trains ${inShards}`
      : "brings a model of its own, which is trained only where the method is named";
  return out;
}

/** An audit to run on every method. */
export interface ChosenAudit {
  readonly name: string;
  readonly audit: Audit;
  /** Why this audit cannot look at a model, and undefined where it can: a method's own model may lack what the model at hand has. */
  unmet(subject: AuditSubject): string | undefined;
  /** Whether it was asked for by name: then it is told of even where it gives no verdict. */
  readonly asked: boolean;
}

/** The audits of these names, or those that cost little and can give a verdict. `subject` has what every method's will have. */
export function chosenAudits(
  names: readonly string[] | undefined,
  subject: AuditSubject,
  settings: ReadonlyMap<string, GivenSettings>,
  skipped: Record<string, string>,
): ChosenAudit[] {
  const asked = names !== undefined;
  const chosen = names === undefined ? cheapOnes(subject, skipped) : [...new Set(names)];
  return chosen
    .map((name) => {
      const audit = auditOf(name, subject, settings.get(name));
      const { entry } = methodNamed(audits, name);
      const unmet = (other: AuditSubject) => unmetNeed(entry, other.unlearned.trained) ?? audit.missing?.(other);
      return { name, audit, unmet, asked };
    })
    .filter(({ audit }) => asked || audit.parts !== undefined);
}
