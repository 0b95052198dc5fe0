/** SISA and RecEraser by UBPR's protocol, each against its own training. */

import type { RunContext } from "../../src/kernel/run-context.ts";
import { planOf } from "../../src/study/choosing/plan.ts";
import { shardPresets, type TrainedModel } from "../../src/training/index.ts";
import type { Table } from "../report.ts";
import { ms } from "../timing.ts";
import {
  batches,
  cutoffs,
  forgetBy,
  note,
  ranking,
  type Split,
  scattered,
  shards,
  sizes,
  trainedBy,
} from "./protocol.ts";

/** One way of training in shards, before and after forgetting 99 interactions. */
export interface ShardedFigure extends ReturnType<typeof ranking> {
  readonly label: string;
  readonly state: string;
  readonly membersHit: number | undefined;
  readonly milliseconds: number;
}

/** SISA and RecEraser with five shards, each against its own training, by batches as the papers train. */
export async function inShards(split: Split, context: RunContext): Promise<ShardedFigure[]> {
  const figures: ShardedFigure[] = [];
  for (const [label, preset] of Object.entries(shardPresets)) {
    const { trainer } = planOf({ ...batches, sharding: { ...preset, shards } });
    const begun = performance.now();
    const original = await trainedBy(trainer, split.training, 1, context);
    const add = (state: string, model: TrainedModel, milliseconds: number, membersHit?: number) => {
      figures.push({ label, state, membersHit, milliseconds, ...ranking(split, model) });
      note(`${label}, ${state}: ${milliseconds.toFixed(0)} ms`);
    };
    add("trained", original, performance.now() - begun);
    const [held] = original.shards ?? [];
    for (const [state, rows] of [
      ["99 scattered", scattered(original, sizes[0])],
      [
        "99 in one shard",
        held.rows.filter((_, k) => k % Math.floor(held.rows.length / sizes[0]) === 0).slice(0, sizes[0]),
      ],
    ] as const) {
      const found = await forgetBy({ label, method: label }, original, rows, context);
      add(state, found.model, found.milliseconds.forget, found.membersHit);
    }
  }
  return figures;
}

/** Its table. */
export function shardTable(figures: readonly ShardedFigure[]): Table {
  const at = cutoffs.indexOf(10);
  return {
    id: "shards",
    caption: `The same with five shards, by 20 epochs of Adam; five members are hit by ${sizes[0]} scattered interactions, one where all are in its shard`,
    header: ["method", "state", "members trained again", "HR@10", "NDCG@10", "time"],
    rows: figures.map(({ label, state, membersHit, hr, ndcg, milliseconds }) => [
      label,
      state,
      membersHit === undefined ? "" : String(membersHit),
      hr[at].toFixed(4),
      ndcg[at].toFixed(4),
      ms(milliseconds),
    ]),
  };
}
