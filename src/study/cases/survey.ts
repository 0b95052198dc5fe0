/** The survey's Table 1 and Figure 2 (Hammoudeh and Lowd 2024), filled from the catalogues. */

import { estimators } from "../../influence/index.ts";
import { type Family, familyOf, type Kin, type Properties, type Trait, traits } from "../../method/properties.ts";
import type { Cell, Part, ReportDocument, Section } from "../../report/part.ts";
import { valuers } from "../../valuation/index.ts";
import { type SurveyMethod, surveyMethods } from "./survey-methods.ts";
import { surveyTimes } from "./survey-times.ts";

/** One method's 18 properties: four complexities, and yes or no to fourteen questions. */
export interface SurveyRow extends Omit<Properties, "traits"> {
  readonly name: string;
  readonly traits: Readonly<Record<Trait, boolean>>;
}

/** A family of methods, and below each of its primary ones whatever is of its kin. */
export interface SurveyFamily {
  readonly family: Family;
  readonly kin: readonly { readonly kin: Kin; readonly methods: readonly string[] }[];
}

/** A method that the survey discusses, as it is here. */
export interface SurveyEntry {
  /** Its name in the survey. */
  readonly title: string;
  readonly name: string;
  /** Its page and the laws that it is held to, from the root of the project. */
  readonly page: string;
  readonly check: string;
  /** For a first target on 10,000 rows, measured once (docs/survey.md says where and how); null where it was not. */
  readonly time: string | null;
}

/** The methods that the survey discusses, and table and taxonomy of all methods here. */
export interface Survey {
  readonly discussed: readonly SurveyEntry[];
  readonly table: readonly SurveyRow[];
  readonly taxonomy: readonly SurveyFamily[];
}

/** Every estimator and valuer that tells its properties, in the order of the taxonomy. */
export function surveyOf(): Survey {
  const kin = Object.keys(familyOf) as Kin[];
  const rows = [...estimators.methods, ...valuers.methods].flatMap(({ name, properties }) =>
    properties === undefined ? [] : [rowOf(name, properties)],
  );
  const table = kin.flatMap((one) => rows.filter((row) => row.kin === one));
  const below = (one: Kin) => ({ kin: one, methods: table.filter((row) => row.kin === one).map(({ name }) => name) });
  const taxonomy = [...new Set(Object.values(familyOf))].map((family) => ({
    family,
    kin: kin.filter((one) => familyOf[one] === family).map(below),
  }));
  return { discussed: surveyMethods.map(entryOf), table, taxonomy };
}

function entryOf({ title, name, page = name, check }: SurveyMethod): SurveyEntry {
  return { title, name, page: `docs/methods/${page}.md`, check, time: surveyTimes[name] ?? null };
}

function rowOf(name: string, { traits: has, ...rest }: Properties): SurveyRow {
  const answers = traits.map((trait) => [trait, has.includes(trait)]);
  return { name, ...rest, traits: Object.fromEntries(answers) as SurveyRow["traits"] };
}

/** The survey as a report: taxonomy, complexities, and the fourteen questions by letters. */
export function surveyReport({ discussed, table, taxonomy }: Survey): ReportDocument {
  // A list of names is folded there; a table would cut it.
  const families: Part[] = taxonomy.map(({ family, kin }) => ({
    kind: "numbers",
    title: family,
    entries: kin.map(({ kin: label, methods }) => ({ label, value: methods.join(", ") || "none" })),
  }));
  const letters = traits.map((_, k) => String.fromCharCode(97 + k));
  const costs = table.map(({ name, full, further, space, storage }) => [name, full, further, space, storage]);
  const answers = table.map(({ name, traits: has }) => [name, ...traits.map((trait) => (has[trait] ? "✓" : ""))]);
  const questions = traits.map((trait, k) => [letters[k], trait]);
  return {
    title: "Methods of influence, by the survey's properties",
    lead: "Hammoudeh and Lowd (2024), Table 1 and Figure 2. n rows, p parameters, T steps of training, K trainings, d factors, m rows of the user and of the item.",
    sections: [
      { name: "discussed", question: "which of the survey's methods are here?", parts: [discussedPart(discussed)] },
      { name: "taxonomy", question: "which methods are there, and of which kin?", parts: families },
      section(
        "complexity",
        "what grows with what?",
        ["method", "first target", "further target", "space", "storage"],
        costs,
      ),
      section("properties", "what does each assume, and what can it do?", ["", "property"], questions),
      section("answers", "which property has each method?", ["method", ...letters], answers),
    ],
  };
}

/** A list is folded where a table would be cut. */
function discussedPart(discussed: readonly SurveyEntry[]): Part {
  const entries = discussed.map(({ title, name, time, page, check }, k) => ({
    label: `${k + 1} ${title}`,
    value: [name, time ?? "not measured", page, check].join(" · "),
  }));
  return { kind: "numbers", title: `${discussed.length} of ${discussed.length}`, entries };
}

function section(
  name: string,
  question: string,
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
): Section {
  const part: Part = { kind: "table", title: "", header, rows };
  return { name, question, parts: [part] };
}
