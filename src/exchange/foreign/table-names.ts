/** By which names tables go in files of named arrays, and which array is meant. */

import type { ForeignReadOptions, TableName } from "./factors.ts";
import { refused, shown } from "./refusal.ts";

/** Arrays of a file by name, as far as choosing among them needs them. */
export interface NamedArrays {
  /** The file, for messages. */
  readonly place: string;
  /** What the format calls an array: "array" or "tensor". */
  readonly what: string;
  readonly names: readonly string[];
  /** The shape of an array of numbers; undefined for anything else. */
  shapeOf(name: string): Promise<readonly number[] | undefined>;
}

/** Names without what wraps them, of programs that save factor models; in lower case. */
const known: Readonly<Record<TableName, readonly string[]>> = {
  userFactors: [
    ..."user_factors userfactors user_embeddings user_embedding user_embed user_emb users_embedding users_emb".split(
      " ",
    ),
    ..."embedding_user embeddings_user embed_user emb_user user_id_embedding user_id_embeddings".split(" "),
    ..."user_mf_embedding user_embedding_layer user_latent user_vectors user_model.embedding user_model p pu".split(
      " ",
    ),
  ],
  itemFactors: [
    ..."item_factors itemfactors item_embeddings item_embedding item_embed item_emb items_embedding items_emb".split(
      " ",
    ),
    ..."embedding_item embeddings_item embed_item emb_item item_id_embedding item_id_embeddings".split(" "),
    ..."item_mf_embedding item_embedding_layer item_latent item_vectors item_model.embedding item_model q qi".split(
      " ",
    ),
    ..."movie_embedding movie_embeddings movie_model.embedding movie_model".split(" "),
  ],
  userBias: "user_bias user_biases users_bias bias_user user_b b_user bu".split(" "),
  itemBias: "item_bias item_biases items_bias bias_item item_b b_item bi".split(" "),
  mean: "mean global_mean global_bias mu".split(" "),
};

/** What each table is in words, and the field of a request that names it; the mean has none. */
const tables: Readonly<Record<TableName, readonly [words: string, field: string | undefined, side: RegExp]>> = {
  userFactors: ["user factors", "userTensor", /user/i],
  itemFactors: ["item factors", "itemTensor", /item|movie|film|product|song|track|book/i],
  userBias: ["user biases", "userBias", /user/i],
  itemBias: ["item biases", "itemBias", /item/i],
  mean: ["a mean", undefined, /mean/i],
};

/** The name of one side; no example for the other. */
const named = /user|item/i;

// What Lightning, DataParallel, torch.compile and Keras put around a name.
const prefix =
  /^(?:(?:model|module|net|network|_orig_mod|state_dict|model_state_dict|model_weights|mf|recommender)\.)+(?=.)/;
const suffix = /(?:\.(?:weight|embeddings|vars\.0))?(?::0)?$/;

function bare(name: string): string {
  const inner = name.replaceAll("/", ".").replace(prefix, "").replace(suffix, "").toLowerCase();
  // Keras says the name of a layer twice.
  return inner.replace(/^(.+)\.\1$/, "$1");
}

/** The arrays of a file that are its tables; undefined for those that are not there and that a model can do without. */
export type TableNames = Readonly<Record<"userFactors" | "itemFactors", string>> &
  Readonly<Partial<Record<TableName, string>>>;

/**
 * The names of the arrays that are tables: those that were given, else the only one under a usual name. Throws `bad-input`, with names, shapes
 * and the field to give, where factors are not there or several arrays could be meant.
 */
export async function tableNames(arrays: NamedArrays, given: ForeignReadOptions["names"]): Promise<TableNames> {
  const found: Partial<Record<TableName, string>> = {};
  for (const table of Object.keys(tables) as TableName[]) found[table] = await nameOf(arrays, table, given);
  return found as TableNames;
}

async function nameOf(
  arrays: NamedArrays,
  table: TableName,
  given: ForeignReadOptions["names"],
): Promise<string | undefined> {
  const { place, what, names } = arrays;
  const asked = given?.[table];
  const others = Object.values(given ?? {});
  const free = { ...arrays, names: names.filter((name) => !others.includes(name)) };
  const [words, field = "names", side] = tables[table];
  if (asked !== undefined) {
    if (names.includes(asked)) return asked;
    throw refused(place, `there is no ${what} ${shown(asked)}`, await adviceOf(free, side, field));
  }
  const found = free.names.filter((name) => known[table].includes(bare(name)));
  if (found.length === 1) return found[0];
  if (found.length === 0 && table !== "userFactors" && table !== "itemFactors") return undefined;
  const why =
    found.length === 0
      ? `there is no ${what} under a usual name of ${words}`
      : `${found.length} ${what}s could be the ${words}: ${found.map(shown).join(", ")}`;
  throw refused(place, why, await adviceOf(found.length > 0 ? { ...arrays, names: found } : free, side, field));
}

const mostNamed = 8;

/** The arrays with their shapes, and the field with a value to give. */
async function adviceOf(arrays: NamedArrays, side: RegExp, field: string): Promise<string> {
  const there = await Promise.all(
    arrays.names.map(async (name) => ({ name, shape: await arrays.shapeOf(name).catch(() => undefined) })),
  );
  const listed = there.filter(({ shape }) => shape !== undefined && shape.length > 0);
  const lines = listed.slice(0, mostNamed).map(({ name, shape }) => `${shown(name)} (${shape?.join(" × ")})`);
  const all = `${lines.join(", ")}${listed.length > mostNamed ? `, and ${listed.length - mostNamed} more` : ""}`;
  const width = field.endsWith("Tensor") ? 2 : 1;
  const likely = listed.filter(({ shape }) => shape?.length === width);
  const own = likely.find(({ name }) => side.test(name));
  const example = own ?? likely.find(({ name }) => !named.test(name)) ?? likely[0] ?? listed[0];
  if (example === undefined) return `it holds no ${arrays.what}s of numbers: is this the file of the factors?`;
  return `it holds ${all}; name one with \`${field}\`, such as \`${field}\` ${shown(example.name)}`;
}
