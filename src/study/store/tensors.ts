/** Tensors of a model's parameters between memory and folder. */

import { LetheError } from "../../errors.ts";
import type { Tensor } from "../../exchange/files/safetensors.ts";
import { negativesName } from "../../exchange/model/tables.ts";
import type { ModelSettings } from "../../model/model.ts";
import { putValues, valuesOf } from "../../model/tensors.ts";
import type { Objective } from "../../objective/objective.ts";
import type { Recipe } from "../../training/batches/recipe.ts";
import type { Smooth } from "../../training/trained-model.ts";

/** The parameters that tensors hold; throws `bad-model` where one is missing, too many or of another shape. */
export function paramsFrom({ tensors: places, parameterCount }: Objective, tensors: ReadonlyMap<string, Tensor>) {
  const params = new Float64Array(parameterCount);
  for (const name of tensors.keys())
    if (name !== negativesName && !places.some((tensor) => tensor.name === name))
      throw new LetheError("bad-model", `parameters.safetensors has a tensor ${name} that the settings do not ask for`);
  for (const tensor of places) {
    const found = tensors.get(tensor.name);
    if (found === undefined || found.shape.join() !== tensor.shape.join())
      throw new LetheError(
        "bad-model",
        `parameters.safetensors has ${tensor.name} in shape [${found?.shape.join(", ") ?? "none"}]; the settings ask for [${tensor.shape.join(", ")}]`,
      );
    putValues(tensor, found.values, params);
  }
  return params;
}

/** Settings and tensors of a model of the general form. */
export function tensorsOf({ objective, params }: Smooth) {
  const { kind, model: settings, loss, sampling, l2Bias, ...rest } = objective.settings;
  const { confidence } = loss;
  const values = new Map<string, Tensor>(
    objective.tensors.map((tensor) => [tensor.name, { shape: tensor.shape, values: valuesOf(tensor, params) }]),
  );
  if (sampling)
    values.set(negativesName, {
      shape: [objective.interactions.size, sampling.perRow],
      values: Float64Array.from(objective.negatives),
    });
  return {
    model: {
      name: kind.name,
      settings: plain(settings),
      tensors: objective.tensors.map(({ name, shape, rowsOf }) => ({
        name,
        shape: [...shape],
        ...(rowsOf ? { rowsOf } : {}),
      })),
    },
    objective: {
      loss: loss.name,
      ...rest,
      l2Bias: l2Bias ?? rest.l2,
      ...(confidence ? { confidence } : {}),
      ...(sampling ? { sampling } : {}),
    },
    tensors: values,
  };
}

/** Settings in JSON. */
export function plain(settings: ModelSettings | Recipe): Record<string, number | string | boolean | number[]> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, typeof value === "object" ? [...value] : value]),
  );
}
