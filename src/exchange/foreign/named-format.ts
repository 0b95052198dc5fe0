/** Which format an export is to have, by the name of its place and by what is there. */

import { LetheError } from "../../errors.ts";

/** Formats by how names of their files and folders end. */
const endings: readonly (readonly [ending: RegExp, format: string])[] = [
  [/\.npz$/i, "npz"],
  [/\.safetensors$/i, "safetensors"],
  [/\.csv\/*$/i, "csv"],
  [/\.parquet\/*$/i, "parquet"],
  [/\.spark\/*$/i, "spark"],
];
const unwritten = /\.(pth|pt|ckpt|pkl|pickle|joblib|npy|h5|hdf5|keras|onnx|pb|json|txt|tsv)$/i;

/**
 * The format that was asked for, else the one that the name tells, else that of the model which is there, else for a name that ends as a folder's
 * Spark's. Throws `bad-input` where nothing tells, and where the name tells another format than was asked for.
 */
export function namedFormat(
  path: string,
  asked: string | undefined,
  there: string | undefined,
  all: readonly string[],
): string {
  const told = endings.find(([ending]) => ending.test(path))?.[1];
  const other = unwritten.exec(path)?.[0];
  if (asked !== undefined && told !== undefined && told !== asked)
    throw wrong(
      `\`out\`: ${path} is the name of a model as ${told}, and \`format\` is ${asked}`,
      `leave \`format\` out, or choose a name that does not end so`,
    );
  if (other !== undefined)
    throw wrong(
      `\`out\`: ${path} has the name of a ${other} file, which is not written here`,
      "choose a name that ends in .npz or .safetensors, or a folder",
    );
  const format = asked ?? told ?? there ?? (/[/\\]$/.test(path) ? "spark" : undefined);
  if (format !== undefined) return format;
  throw wrong(
    `\`out\`: the name ${path} does not tell the \`format\``,
    `choose a name such as ${path}.npz, or give \`format\`: ${all.join(", ")}`,
  );
}

function wrong(message: string, advice: string): LetheError {
  return new LetheError("bad-input", message, advice, "out");
}
