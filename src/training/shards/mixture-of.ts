/** Which mixture fits members: the attention to embeddings, or one weight a member. */

import type { Pairs } from "../../model/model.ts";
import { placed } from "../../model/tensors.ts";
import { softmax, softmaxVjp } from "../../numeric/softmax.ts";
import { addScaled } from "../../numeric/vector.ts";
import type { TrainedModel } from "../trained-model.ts";
import { attention } from "./attention.ts";
import type { Mixed, Mixture } from "./mixture.ts";

/** RecEraser's attention where every member's scores are dot products of as many factors, else one weight a member. */
export function mixtureOf(members: readonly TrainedModel[]): Mixture {
  const forms = members.flatMap(({ factors }) => (factors ? [factors] : []));
  if (forms.length === members.length) return attention(forms);
  return weights(members);
}

/** score = Σ_k softmax(w)_k · score of member k. */
function weights(members: readonly TrainedModel[]): Mixture {
  const tensors = placed([{ name: "attention.weights", shape: [members.length] }]);
  const at = (params: Float64Array, pairs: Pairs): Mixed => {
    const shares = softmax(params);
    const each = members.map(({ scores }) => scores(pairs));
    const scores = new Float64Array(pairs.users.length);
    each.forEach((own, k) => {
      for (let n = 0; n < scores.length; n++) scores[n] += shares[k] * own[n];
    });
    return {
      scores,
      addVjp(slopes, out) {
        const along = Float64Array.from(each, (own) => own.reduce((sum, score, n) => sum + slopes[n] * score, 0));
        addScaled(out, 1, softmaxVjp(shares, along));
      },
    };
  };
  return {
    tensors,
    parameterCount: members.length,
    batch: 8192,
    start: () => new Float64Array(members.length),
    at,
    scorer: (params) => (pairs) => at(params, pairs).scores,
  };
}
