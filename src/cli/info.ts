/** `lethe info DIR`: what a model folder says of itself, and whether that is true. */

import type { Command } from "commander";
import {
  type GeneralManifest,
  isFactorManifest,
  isTreeManifest,
  type Manifest,
  type Positions,
  type TreeManifest,
} from "../exchange/model/manifest.ts";
import { provedLines } from "../study/cases/info-words.ts";
import { folderStore, info, type Verb } from "../study/verbs/index.ts";
import type { Certificate } from "../training/certificate.ts";
import { argumentSummary, withFlags } from "./flags.ts";
import { count, counted, objectiveText, rough } from "./numbers.ts";
import { path } from "./options.ts";
import { type CommonFlags, type Run, withCommonFlags } from "./run.ts";
import { bad, faint, good } from "./style.ts";
import { table } from "./table.ts";
import { indent, lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function infoCommand(program: Command, run: Run): void {
  withCommonFlags(
    withFlags(
      program
        .command("info")
        .description(info.summary)
        .argument("<dir>", argumentSummary(info as Verb, "folder"), path),
      info as Verb,
      ["folder"],
    ),
  ).action((folder: string, { json, threads, ...fields }: CommonFlags) =>
    run({ json, threads }, async ({ console, run: context }) => {
      const found = await info.run(info.parse({ folder, ...fields }), context(), folderStore);
      const {
        certificate,
        agrees = false,
        differs,
        notVerifiable,
        otherFiles,
        leftovers = [],
        summary,
        ...rest
      } = found;
      const manifest = rest as unknown as Manifest;
      for (const path of leftovers)
        console.warn(`${path} is left beside the model, and may hold what it has forgotten: look at it and remove it`);
      console.result(found, () => [
        ...wrap(summary, lineWidth),
        "",
        ...text(manifest),
        ...(certificate
          ? [
              "",
              ...verdict(manifest, certificate as unknown as Certificate, {
                agrees,
                differs,
                notVerifiable,
                otherFiles,
              }),
            ]
          : provedLines(manifest).flatMap((line) => wrap(line, lineWidth))),
      ]);
      return certificate === undefined || (agrees && certificate.converged) ? 0 : 1;
    }),
  );
}

/** What the model and its objective are, in two lines. */
function kindLines(manifest: Manifest): string[] {
  if (!isFactorManifest(manifest)) {
    const { model } = manifest;
    const settings = Object.entries(model.settings).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    return [`${model.name}: ${settings.join(", ")}`, lossText(manifest)].flatMap((line) => wrap(line, lineWidth));
  }
  const { model, objective } = manifest;
  if (objective.confidence)
    return [
      `matrix factorization of implicit feedback: ${counted(model.factors, "factor")}`,
      ...wrap(
        `squared loss on every pair, confidence ${objective.confidence.base} + ${objective.confidence.alpha}·|r|; ${objective.regularizer} L2: λ ${objective.l2}`,
        lineWidth,
      ),
    ];
  const fixed = model.mean.kind === "fixed" ? model.mean.value : undefined;
  const mean = fixed === undefined ? "learned mean" : fixed === 0 ? "no mean" : `mean fixed at ${fixed}`;
  return [
    `matrix factorization: ${counted(model.factors, "factor")}, ${model.biases ? "biases" : "no biases"}, ${mean}`,
    `squared loss, ${objective.regularizer} L2: λ ${objective.l2}${model.biases ? `, λ_b ${objective.l2Bias}` : ""}`,
  ];
}

/** The loss of any model but a factorization. */
function lossText(manifest: GeneralManifest | TreeManifest): string {
  if (isTreeManifest(manifest)) {
    const { model, objective } = manifest;
    const drawn = objective.sampling;
    return `${objective.loss} loss, ${counted(model.trees, "tree")}${drawn ? `; ${counted(drawn.perRow, "negative")} an interaction` : ""}`;
  }
  const { objective } = manifest;
  const drawn = objective.sampling;
  return `${objective.loss} loss, ${objective.regularizer} L2: λ ${objective.l2}, ${objective.l2Shared} on what is shared${drawn ? `; ${counted(drawn.perRow, "negative")} an interaction, ${drawn.semantics}` : ""}`;
}

/** Where training began; by continuation nothing is drawn, so that there is no seed to tell. */
function beginText(training: Manifest["training"]): string {
  return "begins" in training && training.begins === "continuation" ? "no seed" : `seed ${training.seed}`;
}

/** Where training ended. */
function endText({ training, result, forgotten }: Manifest): string {
  if (!("tolerance" in training)) return "grown to its end; trees have no optimum to be at";
  // A model that was trained again without the data is what that training gives, wherever it ended.
  const short = forgotten?.at(-1)?.guarantee === "exact" ? "short of an optimum" : bad("NOT converged");
  const end = result.status === "converged" ? good("converged") : `${short} (${result.status})`;
  return `${end}, ‖∇J‖ ${rough(result.gradientNorm)} (tolerance ${rough(training.tolerance)})`;
}

function text(manifest: Manifest): string[] {
  const { training, forgotten, positions, foreign, counts, files, ...rest } = manifest;
  const rows = Object.entries(files).map(([name, { bytes, sha256 }]) => [
    name,
    count(bytes),
    `sha256 ${sha256.slice(0, 16)}…`,
  ]);
  return [
    ...kindLines(manifest),
    `${counted(counts.interactions, "rating")}, ${counted(counts.users, "user")}, ${counted(counts.items, "item")}`,
    `${training.trainer}, ${beginText(training)}: ${endText(manifest)}`,
    ...shardLines(training),
    ...(forgotten === undefined
      ? []
      : forgotten.flatMap(({ method, guarantee, requests, rows: gone }) => {
          const often = requests === 1 ? "" : ` in ${counted(requests, "request")}`;
          return wrap(
            `forgot ${counted(gone, "rating")} by method "${method}"${often}, guarantee: ${guarantee}`,
            lineWidth,
          );
        })),
    ...(positions ? [positionText(positions)] : []),
    ...(foreign ? [`imported from ${foreign.format}`] : []),
    faint(`written by Lethe ${rest.lethe}, format ${rest.formatVersion}`),
    ...indent(table(rows, { right: [1] }), 2).map(faint),
  ];
}

/** How rows were dealt to members, and how these answer together. */
function shardLines(training: Manifest["training"]): string[] {
  if (!("sharding" in training) || training.sharding === undefined) return [];
  const { shards, partition, aggregate, slices = 1, inner } = training.sharding;
  const cut = slices > 1 ? `, each in ${slices} slices` : "";
  return wrap(`${shards} shards by ${partition}${cut}, trained by ${inner}; scores: ${aggregate}`, lineWidth);
}

function positionText({ users, items }: Positions): string {
  const sides = [
    ...(users === undefined ? [] : [counted(users, "user row")]),
    ...(items === undefined ? [] : [counted(items, "item row")]),
  ];
  return `known by position: ${sides.join(", ")}`;
}

/** What `--verify` found beside the certificate. */
interface Checked {
  readonly agrees: boolean;
  readonly differs?: readonly { readonly figure: string; readonly stored: Told; readonly found: Told }[] | undefined;
  readonly notVerifiable?: readonly string[] | undefined;
  readonly otherFiles?: readonly string[] | undefined;
}

type Told = number | string | boolean | null;

function verdict(
  manifest: Manifest,
  certificate: Certificate,
  { agrees, differs = [], notVerifiable = [], otherFiles = [] }: Checked,
) {
  const told = agrees ? good("verified") : bad("NOT what the manifest says");
  return [
    `${told}: every file is as it was written;`,
    ...(certificate.objective === null
      ? []
      : [
          `with the reference kernels, J ${objectiveText(certificate.objective)}, ‖∇J‖ ${rough(certificate.gradientNorm)};`,
        ]),
    ...provedLines(manifest, certificate).flatMap((line) => wrap(line, lineWidth)),
    ...differs.flatMap(({ figure, stored, found }) =>
      wrap(`${figure}: the manifest says ${shown(stored)}; found ${shown(found)}`, lineWidth).map(bad),
    ),
    ...(notVerifiable.length === 0 ? [] : wrap(`not verifiable: ${notVerifiable.join(", ")}`, lineWidth).map(faint)),
    ...(otherFiles.length === 0 ? [] : wrap(`not part of the model: ${otherFiles.join(", ")}`, lineWidth)),
  ];
}

function shown(told: Told): string {
  return told === null ? "none" : String(told);
}
