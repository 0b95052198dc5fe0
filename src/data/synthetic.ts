/** Sets made by rule: a checkerboard whose right answer is visible, and planted taste factors of any size. */

export { type CheckerboardOptions, checkerboard } from "./synthetic/checkerboard.ts";
export { type PlantedOptions, plantedFactors } from "./synthetic/planted.ts";
