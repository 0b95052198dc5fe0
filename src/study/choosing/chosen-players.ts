/** Players with their outside names: all of a kind, some that are named, a random draw, or those with the most rows. */

import { indexOf } from "../../data/dataset.ts";
import { LetheError } from "../../errors.ts";
import { interactionPlayers, itemPlayers, type Players, unitPlayers, userPlayers } from "../../method/players.ts";
import { type Random, randomOf } from "../../numeric/random.ts";
import { unitNames } from "../../valuation/units/units.ts";
import type { NamedModel } from "../store/model.ts";
import { rowsOf } from "./requested-rows.ts";

/** Kinds of players that can be asked for. */
export const playerKinds = ["users", "items", "interactions", "units"] as const;

/** Which players. */
export interface PlayerChoice {
  readonly players: (typeof playerKinds)[number];
  /** Outside ids of users or items. */
  readonly only?: readonly string[] | undefined;
  /** Pairs of outside ids, where interactions are the players. */
  readonly pairs?: { readonly users: readonly string[]; readonly items: readonly string[] } | undefined;
  /** So many of them, drawn at random. */
  readonly count?: number | undefined;
  /** Not at random, but those with the most rows. */
  readonly largest?: boolean | undefined;
  readonly seed: number;
}

/** A single interaction by its outside ids. */
export interface NamedInteraction {
  readonly user: string;
  readonly item: string;
  readonly rating: number;
}

/** Players, and what each is called. */
export interface NamedPlayers {
  readonly players: Players;
  /** An outside id, an interaction, or the name of a unit. */
  readonly names: readonly (string | NamedInteraction)[];
}

/** The players that are asked for, by index; throws `unknown-id`, and `bad-input` on a choice that names nobody or contradicts itself. */
export function chosenPlayers(model: NamedModel, choice: PlayerChoice): NamedPlayers {
  refuseMisfits(choice);
  if (choice.players === "units") return unitsIn(model);
  return choice.players === "interactions" ? chosenRows(model, choice) : chosenSide(model, choice);
}

function refuseMisfits({ players, only, pairs, largest, count }: PlayerChoice): void {
  const wrong = (message: string, advice: string, place: string) => new LetheError("bad-input", message, advice, place);
  if (players === "units" && (only ?? count) !== undefined)
    throw wrong("`players`: the units of a model are valued together", "ask for all of them", "players");
  if (only !== undefined && players === "interactions")
    throw wrong("`only` names users or items, and interactions are the players", "name them as `pairs`", "only");
  if (pairs !== undefined && players !== "interactions")
    throw wrong(`\`pairs\` names interactions, and ${players} are the players`, "name ids with `only`", "pairs");
  if (largest && (count === undefined || players === "interactions"))
    throw wrong(
      "`largest` takes the `count` users or items with the most rows",
      "give `count`, or leave `largest` out",
      "largest",
    );
}

/** The units of a model: its dimensions, hidden units, or the features of its trees. */
function unitsIn({ trained }: NamedModel): NamedPlayers {
  const names = unitNames(trained);
  return { players: unitPlayers(names.length), names };
}

function chosenSide({ trained, dataset }: NamedModel, choice: PlayerChoice): NamedPlayers {
  const ofUsers = choice.players === "users";
  const ids = ofUsers ? dataset.userIds : dataset.itemIds;
  const { interactions } = trained;
  const { start } = ofUsers ? interactions.byUser : interactions.byItem;
  const rowsOfOne = (k: number) => start[k + 1] - start[k];
  const all = choice.only
    ? [...new Set(choice.only)].map((id) => indexOf(ids, id, ofUsers ? "user" : "item"))
    : Array.from(ids.list.keys()).filter((k) => rowsOfOne(k) > 0);
  const chosen = choice.largest
    ? all.sort((a, b) => rowsOfOne(b) - rowsOfOne(a) || a - b).slice(0, choice.count)
    : drawn(all, choice, (random, k) => random.fork(ids.list[k]));
  chosen.sort((a, b) => a - b);
  return {
    players: ofUsers ? userPlayers(interactions, chosen) : itemPlayers(interactions, chosen),
    names: chosen.map((k) => ids.list[k]),
  };
}

function chosenRows(model: NamedModel, choice: PlayerChoice): NamedPlayers {
  const { dataset, trained } = model;
  const { users, items, ratings, size } = trained.interactions;
  const all = choice.pairs
    ? Array.from(rowsOf(model, { interactions: choice.pairs, exactly: true }))
    : Array.from({ length: size }, (_, row) => row);
  const idsOf = (row: number) => [dataset.userIds.list[users[row]], dataset.itemIds.list[items[row]]] as const;
  const chosen = drawn(all, choice, (random, row) => idsOf(row).reduce((stream, id) => stream.fork(id), random));
  chosen.sort((a, b) => a - b);
  return {
    players: interactionPlayers(Uint32Array.from(chosen)),
    names: chosen.map((row) => ({ user: idsOf(row)[0], item: idsOf(row)[1], rating: ratings[row] })),
  };
}

/** `count` of them, those whose own numbers are least: whoever is not asked about any more changes nobody else's draw. */
function drawn(
  all: number[],
  { count, seed }: PlayerChoice,
  streamOf: (random: Random, k: number) => Random,
): number[] {
  if (count === undefined || count >= all.length) return all;
  const random = randomOf(seed, "players");
  return all
    .map((k) => ({ k, number: streamOf(random, k).uniform() }))
    .sort((a, b) => a.number - b.number || a.k - b.k)
    .slice(0, count)
    .map(({ k }) => k);
}
