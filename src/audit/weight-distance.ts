/** How far did the parameters go, beside how far training and retraining took them? */

import { method } from "../method/method.ts";
import { turnedToward } from "../model/rotations.ts";
import { difference, dot } from "../numeric/vector.ts";
import type { Part } from "../report/part.ts";
import { initialParameters } from "../training/initial.ts";
import type { TrainedModel } from "../training/trained-model.ts";
import type { Audit, AuditedModel, AuditSubject } from "./audit.ts";
import { commonParameters } from "./layout.ts";

const pairs = ["originalToInitial", "retrainedToOriginal", "unlearnedToOriginal", "unlearnedToRetrained"] as const;

/** Euclidean distances of all parameters, without a unit; null where one of the two is not there. */
export type WeightDistances = Readonly<Record<(typeof pairs)[number], number | null>>;

/** O/I, R/O and U/O of UBPR's Fig. 6, and the distance that is left. */
export interface WeightDistanceFinding {
  /** Parameters of the original. */
  readonly parameters: number;
  /** Numbers as they are stored: of two rotated copies too they differ. */
  readonly raw: WeightDistances;
  /** After the best rotation of what may be rotated without a change of any score; of a model in which nothing may, the same as raw. */
  readonly aligned: WeightDistances;
}

/**
 * ‖θ − θ′‖ over the rows that both models have (UBPR, Fig. 6), of members in shards over all of them: between the original and its own start, the
 * retrained one and the original, the unlearned one and both. The start is drawn again by the model's trainer and seed.
 */
export const weightDistance = method({
  name: "weight-distance",
  summary: "distance of all parameters from the start, the original and the retrained model",
  source: "UBPR (003), Fig. 6; Schönemann (1966)",
  needs: [],
  settings: {},
  cost: "closed form",
  make: (): Audit<WeightDistanceFinding | null> => ({
    question: "how far did the parameters go, beside how far training and retraining took them?",
    missing,
    async run(subject, { yieldToEventLoop }) {
      await yieldToEventLoop();
      if (missing(subject) !== undefined) return null;
      const { original, unlearned, retrained } = subject;
      const raw: Partial<Record<(typeof pairs)[number], number | null>> = {};
      const aligned: typeof raw = {};
      const [before, after] = [vectorsOf(original), vectorsOf(unlearned)];
      const again = retrained && vectorsOf(retrained);
      const compared = [
        [before, vectorsOf(original, initialParameters)],
        [again, before],
        [after, before],
        [after, again],
      ] as const;
      for (const [k, [a, b]] of compared.entries()) {
        await yieldToEventLoop();
        [raw[pairs[k]], aligned[pairs[k]]] = [distanceOf(a, b, false), distanceOf(a, b, true)];
      }
      const parameters = before?.reduce((sum, { params }) => sum + params.length, 0) ?? 0;
      return { parameters, raw: raw as WeightDistances, aligned: aligned as WeightDistances };
    },
    parts: (finding) => (finding === null ? [] : partsOf(finding)),
  }),
});

function missing({ original, unlearned }: AuditSubject): string | undefined {
  return vectorsOf(original) && vectorsOf(unlearned) ? undefined : "needs parameters, and these models have none";
}

/** A parameter vector with its layout and names. */
type Vector = NonNullable<TrainedModel["smooth"]> & Pick<AuditedModel, "dataset">;

/** The parameters of a model, or of all its members; undefined where one is not there. */
function vectorsOf(
  { trained, dataset }: AuditedModel,
  of: (model: TrainedModel) => Float64Array | undefined = ({ smooth }) => smooth?.params,
): readonly Vector[] | undefined {
  const models = trained.shards?.map(({ model }) => model) ?? [trained];
  const found = models.flatMap((model) => {
    const params = of(model);
    return model.smooth && params ? [{ ...model.smooth, params, dataset }] : [];
  });
  return found.length === models.length ? found : undefined;
}

function distanceOf(
  a: readonly Vector[] | undefined,
  b: readonly Vector[] | undefined,
  aligned: boolean,
): number | null {
  if (a === undefined || b === undefined || a.length !== b.length) return null;
  let squares = 0;
  for (const [k, here] of a.entries()) {
    const common = commonParameters(here, here, b[k], b[k]);
    const { rotations = [] } = here.objective.model;
    if (common === undefined) return null;
    const { first, second } = common;
    const gap = difference(first, aligned ? turnedToward(rotations, second, first) : second);
    squares += dot(gap, gap);
  }
  return Math.sqrt(squares);
}

const labels: WeightLabels = {
  originalToInitial: "original / start (O/I)",
  retrainedToOriginal: "retrained / original (R/O)",
  unlearnedToOriginal: "unlearned / original (U/O)",
  unlearnedToRetrained: "unlearned / retrained (U/R)",
};
type WeightLabels = Readonly<Record<(typeof pairs)[number], string>>;

function partsOf(finding: WeightDistanceFinding): Part[] {
  const bars = pairs.flatMap((pair) =>
    (["raw", "aligned"] as const).flatMap((series) => {
      const value = finding[series][pair];
      return value === null ? [] : [{ label: labels[pair], series, value }];
    }),
  );
  return [{ kind: "bars", title: "Distance of parameters", measure: "Euclidean distance of all parameters", bars }];
}
