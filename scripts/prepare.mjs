/** Builds after `npm ci` in a clone; packing builds by itself, and nobody who installs the package runs this. */

import { execSync } from "node:child_process";

if (!["pack", "publish"].includes(process.env.npm_command ?? "")) execSync("npm run build", { stdio: "inherit" });
