/** `lethe info DIR`: what a model folder says of itself, and whether that is true. */

import type { Command } from "commander";
import { readManifest } from "../exchange/folder.ts";
import { referenceKernels } from "../kernel/reference.ts";
import { openModel } from "../study/model.ts";
import { certify } from "../training/certificate.ts";
import { run, withCommonFlags } from "./run.ts";

/** Adds the command. */
export function infoCommand(program: Command): void {
  withCommonFlags(
    program
      .command("info <dir>")
      .description("show a model folder's manifest")
      .option("--verify", "check every file, and recompute the certificate from them with the reference kernels"),
  ).action((dir: string, flags: { readonly json?: boolean; readonly verify?: boolean }) =>
    run(flags, async ({ console }) => {
      const manifest = await readManifest(dir);
      if (flags.verify !== true) {
        console.result(manifest, () => JSON.stringify(manifest, null, 2));
        return 0;
      }
      const { trained } = await openModel(dir);
      const certificate = certify(trained.objective, trained.params, trained.tolerance, referenceKernels());
      console.result({ ...manifest, certificate }, () => JSON.stringify({ ...manifest, certificate }, null, 2));
      return certificate.converged ? 0 : 1;
    }),
  );
}
