/** Fast Influence Analysis: influence through the embeddings of one user and one item, by small dense blocks. */

import { LetheError } from "../../errors.ts";
import type { Estimator } from "../../method/estimator.ts";
import { method } from "../../method/method.ts";
import { localScores, sharedWeights } from "../../method/needs.ts";
import { filledIn, ownOneByOne } from "../../method/own.ts";
import type { Players } from "../../method/players.ts";
import { closedFormsOf } from "../../objective/closed-forms.ts";
import type { Smooth, TrainedModel } from "../../training/trained-model.ts";
import { byTarget } from "../by-target.ts";
import { closedContribution, explicitOnly, type FastInfluenceMode } from "./closed.ts";
import { generalContribution } from "./general.ts";
import { ownFast } from "./own.ts";

/**
 * Cheng, Shen, Zhu and Huang (2019), Eq. 18 and 24, with the sum-scaled L2 and each player taken out of its block (Hat matrix of the block). The published
 * forms are settings: "block" leaves the row in its block, "text" is what the paper prints, "code" what its program computes.
 */
export const fastInfluence = method({
  name: "fast-influence",
  summary: "influence through the user's and the item's own rows, each player taken out of their blocks",
  source: "Cheng, Shen, Zhu and Huang (2019), Eq. 18 and 21 to 24, corrected",
  needs: [localScores],
  settings: {
    form: {
      summary: "the block without the row, with it, or as its paper or its program has it",
      standard: "leverage",
      choices: ["leverage", "block", "text", "code"],
    },
    through: {
      summary: "the embeddings alone, or also the weights that all pairs share",
      standard: "embeddings",
      choices: ["embeddings", "network"],
    },
  },
  cost: "closed form",
  // m rows of the user and of the item, blocks of d factors; rows of others count for nothing.
  properties: {
    family: "static gradient",
    kin: "influence functions",
    full: "O(md² + d³)",
    further: "O(md² + d³)",
    space: "O(n + p)",
    storage: "0",
    traits: [
      "assumes differentiable",
      "assumes convexity",
      "assumes stationarity",
      "uses Hessian",
      "estimates leave-one-out",
      "group influence",
    ],
  },
  make: ({ form, through }): Estimator => ({
    async prepare(model, run) {
      const mode = form as FastInfluenceMode;
      const network = through === "network";
      const { objective, params } = model.smooth as Smooth;
      const closed = closedFormsOf(objective);
      if (network) requireNetwork(model);
      if (explicitOnly(mode) && (closed === undefined || closed.zeroWeight > 0))
        throw new LetheError(
          "unsupported",
          `fast-influence-${mode} is a published form for explicit ratings under squared loss; this model is another`,
          "use fast-influence",
        );
      if (closed) {
        const estimator = byTarget(run, closedContribution(closed, params, mode));
        if (mode !== "leverage" || closed.zeroWeight > 0) return estimator;
        return {
          ...estimator,
          async own(players) {
            const oneByOne = (some: Players) => ownOneByOne(estimator, model, some, run);
            if (players.single === undefined) return oneByOne(players);
            return filledIn(await ownFast(closed, params, players.single, run), players.single, oneByOne);
          },
        };
      }
      return byTarget(
        run,
        generalContribution(model.smooth as Smooth, run, { leverage: mode === "leverage", network }),
      );
    },
  }),
});

function requireNetwork(model: TrainedModel): void {
  const why = sharedWeights.unmet(model);
  if (why !== undefined)
    throw new LetheError(
      "unsupported",
      `fast-influence-network needs ${sharedWeights.name}; ${why}`,
      "use fast-influence",
    );
}
