/** A baseline: sweeps of alternating least squares on what remains. */

import { checkWhole, method } from "../method/method.ts";
import { halfSolutions, smoothParameters } from "../method/needs.ts";
import { sweeps } from "../training/steps.ts";
import { approximateBy } from "./approximate.ts";
import type { Unlearner } from "./unlearner.ts";

/** So many sweeps from the trained factors: users, items and mean in turn, each exactly (Hu, Koren & Volinsky 2008; as a way of forgetting Xu et al. 2023). */
export const warmAls = method({
  name: "warm-als",
  summary: "a baseline: sweeps of alternating least squares on the retained data, from the trained factors",
  source: "Xu, Sun, Yang, Yao and Wang (2023)",
  needs: [smoothParameters, halfSolutions],
  settings: { sweeps: { summary: "over users and items", standard: 10, least: 1 } },
  cost: "a training",
  make({ sweeps: steps }): Unlearner {
    checkWhole("sweeps", steps);
    const caveat = `${steps} ${steps === 1 ? "sweep" : "sweeps"} of alternating least squares: what they leave of the forgotten interactions fades slowly, and nothing bounds it`;
    return approximateBy([caveat], ({ retain, params, tolerance }, run) =>
      sweeps(retain, params, run, { steps, tolerance }),
    );
  },
});
