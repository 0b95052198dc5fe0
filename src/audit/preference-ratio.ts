/** Do users still prefer what they had chosen? */

import { method } from "../method/method.ts";
import { sigmoid } from "../numeric/logistic.ts";
import { type MeanInterval, meanInterval } from "../numeric/statistics.ts";
import { norm } from "../numeric/vector.ts";
import type { Part } from "../report/part.ts";
import type { Audit, AuditedModel, AuditSubject } from "./audit.ts";
import { factorsOf } from "./embeddings.ts";
import { scoresByIds } from "./names.ts";
import { type Chooser, choosersOf } from "./preferences.ts";

/** Means over users, in one kind of users. */
export interface PreferencesOfUsers {
  readonly users: number;
  /** Those that the unlearned model no longer has; they have an empty row. */
  readonly gone: number;
  readonly before: MeanInterval;
  readonly after: MeanInterval;
  readonly retrained: MeanInterval | null;
}

/** How much users prefer what they have chosen, before and after; a ratio or a share, without a unit. */
export interface PreferenceFinding {
  readonly form: "corrected" | "printed";
  /** What it is where there is no preference. */
  readonly none: number;
  /** Of users with forgotten interactions, these alone. */
  readonly forgotten: PreferencesOfUsers;
  /** Of other users, all of theirs. */
  readonly others: PreferencesOfUsers;
}

/**
 * The positive-negative preference ratio (UBPR, Eq. 16) of every user, averaged over users. Printed: mean over positives j of the mean over the
 * negatives of j of d(user, negative) / d(user, positive), d Euclidean. Corrected: the same mean of σ(score of j − score of its negative), since
 * scores and not distances rank. Cost: two score look-ups a negative and model.
 */
export const preferenceRatio = method({
  name: "preference-ratio",
  summary: "how much users prefer what they chose, before and after",
  source: "UBPR (003), Eq. 16",
  needs: [],
  settings: {
    form: {
      summary: "by scores, or by distances as printed",
      standard: "corrected",
      choices: ["corrected", "printed"],
    },
    negatives: { summary: "negatives a choice, where the objective has none", standard: 4, least: 1 },
    users: { summary: "users of either kind at most", standard: 200, least: 1 },
    seed: { summary: "seed of users and negatives", standard: 1, least: 0 },
  },
  cost: "closed form",
  make: ({ form, ...settings }): Audit<PreferenceFinding | null> => {
    const missing = (subject: AuditSubject) => {
      if (subject.forgotten.users.length === 0) return "needs forgotten interactions, and none are";
      const plain = form === "printed" && modelsOf(subject).some(({ trained }) => trained.factors === undefined);
      return plain ? "needs, as printed, scores that are dot products" : undefined;
    };
    return {
      question: "do users still prefer what they had chosen?",
      missing,
      async run(subject, { yieldToEventLoop }) {
        await yieldToEventLoop();
        if (missing(subject) !== undefined) return null;
        const { forgotten, others } = choosersOf(subject, settings);
        const preference = form === "printed" ? byDistances : byScores;
        const mean = async (model: AuditedModel, choosers: readonly Chooser[]) => {
          const values: number[] = [];
          for (const chooser of choosers) {
            await yieldToEventLoop();
            const found = meanOfMeans(preference(model, chooser));
            if (found !== undefined) values.push(found);
          }
          return meanInterval(values);
        };
        const of = async (choosers: readonly Chooser[]): Promise<PreferencesOfUsers> => {
          const { original, unlearned, retrained } = subject;
          return {
            users: choosers.length,
            gone: choosers.filter(({ user }) => unlearned.dataset.userIds.find(user) === undefined).length,
            before: await mean(original, choosers),
            after: await mean(unlearned, choosers),
            retrained: retrained ? await mean(retrained, choosers) : null,
          };
        };
        const none = form === "printed" ? 1 : 0.5;
        return {
          form: form as PreferenceFinding["form"],
          none,
          forgotten: await of(forgotten),
          others: await of(others),
        };
      },
      parts: (finding) => (finding === null ? [] : partsOf(finding)),
    };
  },
});

function modelsOf({ original, unlearned, retrained }: AuditSubject): readonly AuditedModel[] {
  return [original, unlearned, ...(retrained ? [retrained] : [])];
}

/** For every positive, the values of its negatives. */
type Preference = (model: AuditedModel, chooser: Chooser) => number[][];

const byScores: Preference = (model, { user, choices }) => {
  const items = choices.flatMap(({ positive, negatives }) => [positive, ...negatives]);
  const scores = scoresByIds(model, { users: items.map(() => user), items, ratings: undefined });
  let end = 0;
  return choices.map(({ negatives }) => {
    const begin = end;
    end += negatives.length + 1;
    const [own, ...others] = scores.subarray(begin, end);
    return others.map((other) => sigmoid(own - other));
  });
};

const byDistances: Preference = (model, { user, choices }) => {
  const [users, items] = [factorsOf(model, "user"), factorsOf(model, "item")];
  const origin = new Float64Array(items?.width ?? 0);
  const here = users?.of(user) ?? origin;
  const distanceTo = (item: string) => {
    const there = items?.of(item) ?? origin;
    return norm(here.map((x, f) => x - there[f]));
  };
  return choices.map(({ positive, negatives }) => {
    const own = distanceTo(positive);
    // Where user and item are one point, as two empty rows are, there is no ratio.
    return own > 0 ? negatives.map((negative) => distanceTo(negative) / own) : [];
  });
};

/** The mean over the lists that are not empty of their means; undefined where all are. */
function meanOfMeans(lists: readonly (readonly number[])[]): number | undefined {
  const means = lists.flatMap((list) => meanInterval(list).mean ?? []);
  return meanInterval(means).mean ?? undefined;
}

function partsOf({ form, none, ...kinds }: PreferenceFinding): Part[] {
  const bars = (["forgotten", "others"] as const).flatMap((kind) =>
    (["before", "after", "retrained"] as const).flatMap((series) => {
      const found = kinds[kind][series];
      if (found === null || found.mean === null) return [];
      const label = kind === "forgotten" ? "users with forgotten interactions" : "other users";
      return [{ label, series, value: found.mean, ...(found.interval ? { interval: found.interval } : {}) }];
    }),
  );
  const measure =
    form === "printed"
      ? "distance to negatives / distance to positives"
      : "mean σ(score of a choice − score of a negative)";
  return [
    {
      kind: "bars",
      title: "Preference for what was chosen",
      measure: `${measure}; ${none} is no preference`,
      whole: form === "printed" ? undefined : 1,
      bars,
    },
  ];
}
