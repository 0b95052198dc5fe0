/** Subjects with every row several times: there a row, or one copy of a group, has a small weight, and orders of errors can be seen. */

import type { TrainedModel } from "../../src/training/index.ts";
import { interactionsFrom, triplesOf } from "../support/small.ts";
import { objectiveOf, optimum, type SubjectName, subjects, trainedAt } from "../support/subjects.ts";
import { smoothOf } from "../support/trained.ts";

/** The subject with every row m times and m times the L2: J is m times as large, its optimum the same. */
export async function repeated(name: SubjectName, m: number): Promise<TrainedModel> {
  const model = await optimum(name);
  const { params } = smoothOf(model);
  const set = model.interactions;
  const { l2, l2Bias = l2, l2Shared } = subjects[name].settings;
  const triples = Array.from({ length: m }, () => triplesOf(set)).flat();
  const copies = interactionsFrom(triples, set.userCount, set.itemCount);
  return trainedAt(
    objectiveOf(name, { l2: m * l2, l2Bias: m * l2Bias, l2Shared: m * l2Shared }, copies),
    params,
    model,
  );
}
