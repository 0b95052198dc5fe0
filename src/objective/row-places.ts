/** Which parameters the loss of one row reads: what sparse gradients and drawn rows visit instead of all. */

import { rowAt, sharedPlaces } from "../model/tensors.ts";
import { noItem } from "./negatives.ts";
import type { Objective } from "./objective.ts";

/** Visits the places of the parameters that the loss of a row reads; a place may come twice. */
export type VisitPlaces = (row: number, visit: (place: number) => void) => void;

/** Undefined where a row reads more than its user, its items and what all share: in graphs, autoencoders, and losses on whole lists. */
export function rowPlaces({ model, settings, interactions, negatives }: Objective): VisitPlaces | undefined {
  if (!model.local || settings.loss.form === "listwise") return undefined;
  const perRow = settings.sampling?.perRow ?? 0;
  const shared = sharedPlaces(model.tensors);
  const ofSide = (side: "user" | "item") => model.tensors.filter(({ rowsOf }) => rowsOf === side);
  const tables = { user: ofSide("user"), item: ofSide("item") };
  const visitRow = (side: "user" | "item", index: number, visit: (place: number) => void) => {
    for (const tensor of tables[side]) {
      const from = rowAt(tensor, index);
      for (let k = from; k < from + tensor.width; k++) visit(k);
    }
  };
  return (row, visit) => {
    visitRow("user", interactions.users[row], visit);
    visitRow("item", interactions.items[row], visit);
    for (let n = row * perRow; n < (row + 1) * perRow; n++)
      if (negatives[n] !== noItem) visitRow("item", negatives[n], visit);
    for (const place of shared) visit(place);
  };
}
