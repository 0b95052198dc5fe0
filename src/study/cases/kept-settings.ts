/** Settings of a foreign model on their way through a model folder: in with an import, and out again with an export of the same format. */

import type { ForeignFactors } from "../../exchange/foreign/factors.ts";
import type { Foreign } from "../../exchange/model/manifest.ts";
import type { Smooth } from "../../training/trained-model.ts";

const most = 100;
const longest = 1000;

/** What of the settings is kept in the folder, and what is to be said of the others: a stranger chose how many there are and how long. */
export function keptSettings(stated: ForeignFactors["stated"]): {
  readonly stated: Foreign["stated"];
  readonly notes: readonly string[];
} {
  const all = Object.entries(stated);
  const kept = all
    .filter(([name, value]) => name.length <= longest && (typeof value !== "string" || value.length <= longest))
    .slice(0, most);
  const lost = all.length - kept.length;
  return {
    stated: Object.fromEntries(kept),
    notes: lost > 0 ? [`${lost} settings of the file are too many or too long, and are not kept`] : [],
  };
}

/**
 * What an export states: the settings that came with an import of the same format, and before them those of the objective. Spark's L2 counts by
 * interactions, so that it has a name there only where the objective's does.
 */
export function statedSettings(
  format: string,
  foreign: Foreign | undefined,
  smooth: Smooth | undefined,
): ForeignFactors["stated"] {
  const came = foreign?.format === format ? foreign.stated : {};
  if (smooth === undefined) return came;
  const { l2, loss, regularizer } = smooth.objective.settings;
  const alpha: ForeignFactors["stated"] = loss.confidence ? { alpha: loss.confidence.alpha } : {};
  if (format !== "spark") return { ...came, regularization: l2, ...alpha };
  if (regularizer !== "interaction") return came;
  return { ...came, regParam: l2, implicitPrefs: loss.confidence !== undefined, ...alpha };
}
