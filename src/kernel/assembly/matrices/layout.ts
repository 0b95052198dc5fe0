/** The description of one matrix product in the shared memory: byte offsets and codes that kernels and host both import. */

// What a call does.
export const opPack = 1;
export const opMultiply = 2;
export const opSparse = 3;
export const opSplit = 4;

// One 8-byte slot a field, all u32.
/** op(a): its first entry, and bytes from row to row and from column to column. */
export const aField = 0;
export const aRowField = 8;
export const aColumnField = 16;
/** op(b), the same. */
export const bField = 24;
export const bRowField = 32;
export const bColumnField = 40;
/** op(b) in blocks of `blockDepth` rows, each in panels of `tileSize` columns, row by row; the last panel is padded with zeros. */
export const packedField = 48;
/** The result, row-major and dense. */
export const outField = 56;
export const rowsField = 64;
export const depthField = 72;
export const columnsField = 80;
/** Whether the result is added to what is in `out`. */
export const addField = 88;
/** Rows of one task; panels of one task when packing. */
export const grainField = 96;
/** Private scratch of the threads, `scratchBytes` apart. */
export const scratchField = 104;
/** The sparse matrix by rows. */
export const sparseStartField = 112;
export const sparseColumnsField = 120;
export const sparseValuesField = 128;
/** u32 borders of the rows of the tasks. */
export const bordersField = 136;
export const descriptionBytes = 192;

/** Rows and columns of the tile that stays in registers. */
export const tileSize = 4;
/** Columns of a sparse product that are summed in registers. */
export const panelWidth = 16;
/** Steps of the inner sum before a tile is added to memory: four rows of op(a) and a panel of op(b) stay in the first-level cache. */
export const blockDepth = 256;
/** Rows that meet one panel of op(b) before the next one. */
export const blockRows = 32;
/** A block of op(a), packed, and one tile. */
export const scratchBytes = 66048;
