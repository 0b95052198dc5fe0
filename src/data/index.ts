/** Interactions with their ids and titles: made from columns, read from files, split, or planted. */

export { type Dataset, type Ids, type ItemInfo, idsOf, indexOf } from "./dataset.ts";
export {
  type Columns,
  complement,
  type Index,
  type Interactions,
  indexBy,
  interactionsOf,
  type Rows,
} from "./interactions.ts";
export {
  type ColumnChoice,
  type Duplicates,
  type FileFormat,
  type IdList,
  type IdListOptions,
  type IndexedNegatives,
  indexNegatives,
  type Negatives,
  type Pairs,
  type ReadFormat,
  type Reading,
  type ReadingOptions,
  readIdList,
  readIds,
  readInteractions,
  readItems,
  readLabels,
  readNegatives,
  readPairs,
} from "./reading.ts";
export {
  type HoldoutSize,
  type Split,
  splitEveryNth,
  splitLeaveLastOut,
  splitPerUser,
  splitRandom,
} from "./splitting.ts";
export { type CheckerboardOptions, checkerboard, type PlantedOptions, plantedFactors } from "./synthetic.ts";
