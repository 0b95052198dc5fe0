/** `lethe info DIR`: what a model folder says of itself, and whether that is true. */

import type { Command } from "commander";
import { realFolder } from "../exchange/files/temporaries.ts";
import { readManifest } from "../exchange/model/folder.ts";
import { isFactorManifest, type Manifest } from "../exchange/model/manifest.ts";
import { otherFilesIn } from "../exchange/model/target.ts";
import { referenceKernels } from "../kernel/reference.ts";
import { openModel } from "../study/model.ts";
import { type Certificate, certify } from "../training/certificate.ts";
import { certifyScored } from "../training/scored/certificate.ts";
import { isFactorTrained } from "../training/trained.ts";
import { count, counted, rough } from "./numbers.ts";
import { path } from "./options.ts";
import { run, withCommonFlags } from "./run.ts";
import { bad, faint, good } from "./style.ts";
import { table } from "./table.ts";
import { indent, lineWidth, wrap } from "./text.ts";

/** Adds the command. */
export function infoCommand(program: Command): void {
  withCommonFlags(
    program
      .command("info")
      .description("show what a model folder says of itself")
      .argument("<dir>", "a model folder", path)
      .option("--verify", "check every file, and recompute the certificate from them with the reference kernels"),
  ).action((dir: string, flags: { readonly json?: boolean; readonly verify?: boolean }) =>
    run(flags, async ({ console }) => {
      const manifest = await readManifest(dir);
      if (flags.verify !== true) {
        console.result(manifest, () => text(manifest));
        return 0;
      }
      const { trained } = await openModel(dir);
      const certificate = isFactorTrained(trained)
        ? certify(trained.objective, trained.params, trained.tolerance, referenceKernels())
        : certifyScored(trained.objective, trained.params, trained.tolerance);
      const agrees = agree(manifest, certificate);
      const otherFiles = await otherFilesIn(await realFolder(dir));
      console.result({ ...manifest, certificate, agrees, otherFiles }, () => [
        ...text(manifest),
        "",
        ...verdict(certificate, agrees),
        ...(otherFiles.length === 0 ? [] : wrap(`not part of the model: ${otherFiles.join(", ")}`, lineWidth)),
      ]);
      return agrees && certificate.converged ? 0 : 1;
    }),
  );
}

/** Whether the manifest says of the result what the files say: J to nine digits, and whether it is within the tolerance. */
function agree({ result }: Manifest, { objective, converged }: Certificate): boolean {
  const near = Math.abs(objective - result.objective) <= 1e-9 * Math.abs(result.objective);
  return near && converged === (result.status === "converged");
}

/** What the model and its objective are, in two lines. */
function kindLines(manifest: Manifest): string[] {
  if (!isFactorManifest(manifest)) {
    const { model, objective } = manifest;
    const settings = Object.entries(model.settings).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    const drawn = objective.sampling;
    return [
      ...wrap(`${model.name}: ${settings.join(", ")}`, lineWidth),
      ...wrap(
        `${objective.loss} loss, ${objective.regularizer} L2: λ ${objective.l2}, ${objective.l2Shared} on what is shared${drawn ? `; ${counted(drawn.perRow, "negative")} an interaction, ${drawn.semantics}` : ""}`,
        lineWidth,
      ),
    ];
  }
  const { model, objective } = manifest;
  if (objective.confidence)
    return [
      `matrix factorization of implicit feedback: ${counted(model.factors, "factor")}`,
      ...wrap(
        `squared loss on every pair, confidence ${objective.confidence.base} + ${objective.confidence.alpha}·r; ${objective.regularizer} L2: λ ${objective.l2}`,
        lineWidth,
      ),
    ];
  const mean = model.mean.kind === "learned" ? "learned mean" : `mean fixed at ${model.mean.value}`;
  return [
    `matrix factorization: ${counted(model.factors, "factor")}, ${model.biases ? "biases" : "no biases"}, ${mean}`,
    `squared loss, ${objective.regularizer} L2: λ ${objective.l2}, λ_b ${objective.l2Bias}`,
  ];
}

function text(manifest: Manifest): string[] {
  const { training, result, forgotten, counts, files, ...rest } = manifest;
  const end = result.status === "converged" ? good("converged") : `${bad("NOT converged")} (${result.status})`;
  const norms = `‖∇J‖ ${rough(result.gradientNorm)} (tolerance ${rough(training.tolerance)})`;
  const rows = Object.entries(files).map(([name, { bytes, sha256 }]) => [
    name,
    count(bytes),
    `sha256 ${sha256.slice(0, 16)}…`,
  ]);
  return [
    ...kindLines(manifest),
    `${counted(counts.interactions, "rating")}, ${counted(counts.users, "user")}, ${counted(counts.items, "item")}`,
    `${training.trainer}, seed ${training.seed}: ${end}, ${norms}`,
    ...(forgotten === undefined
      ? []
      : wrap(`forgot by ${forgotten.method}, ${forgotten.guarantee}: ${forgotten.certificate.verdict}`, lineWidth)),
    faint(`written by Lethe ${rest.lethe}, format ${rest.formatVersion}`),
    ...indent(table(rows, { right: [1] }), 2).map(faint),
  ];
}

function verdict(certificate: Certificate, agrees: boolean): string[] {
  const told = agrees ? good("verified") : bad("NOT what the manifest says");
  return [
    `${told}: every file is as it was written; with the reference kernels,`,
    `J ${certificate.objective.toPrecision(10)}, ‖∇J‖ ${rough(certificate.gradientNorm)};`,
    ...wrap(certificate.verdict, lineWidth),
  ];
}
