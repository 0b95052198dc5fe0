/** What neither a foreign file nor its importer states of the training, asked for all at once. */

import { LetheError } from "../../errors.ts";
import type { Regularizer } from "../../objective/factorization.ts";

/** Where an import reads and writes. */
export interface ImportPlaces {
  readonly path: string;
  readonly interactions: string;
  readonly out: string;
}

/** What the file or its importer states of the objective. */
interface Known {
  readonly loss: "ials" | "mf" | undefined;
  readonly l2: number | undefined;
  readonly regularizer: Regularizer | undefined;
  /** What the L2 counts by in this format, unless it is said. */
  readonly usual: Regularizer;
}

const lossWords = "`loss` mf (ratings) or ials (implicit feedback)";
const l2Words =
  "`l2`, λ beside a sum of ½·squared errors: Spark's regParam with `regularizer` interaction, implicit's regularization with `regularizer` table";
/** The L2 that Spark and implicit have where none is given. */
const examples: Readonly<Record<Regularizer, number>> = { interaction: 0.1, table: 0.01 };

/** A `bad-input` error that names all that is lacking, with a whole request as an example. */
export function undeclared({ path, interactions, out }: ImportPlaces, known: Known): LetheError {
  const { loss, l2, regularizer = known.usual } = known;
  const lacking = [...(loss === undefined ? ["loss"] : []), ...(l2 === undefined ? ["L2"] : [])];
  const asked = [...(loss === undefined ? [lossWords] : []), ...(l2 === undefined ? [l2Words] : [])];
  const example = [
    ...["import", word(path), "`interactions`", word(interactions), "`loss`", loss ?? "mf"],
    ...["`l2`", l2 ?? examples[regularizer], "`regularizer`", regularizer, "`out`", word(out)],
  ];
  return new LetheError(
    "bad-input",
    `${path}: nothing states the ${lacking.join(" and the ")} that this model was trained with`,
    `give ${asked.join(", and ")}; the whole request is then, with your values and whatever else it had: ${example.join(" ")}`,
    loss === undefined ? "loss" : "l2",
  );
}

function word(path: string): string {
  return /^[\w./:@+-]+$/.test(path) ? path : JSON.stringify(path);
}
