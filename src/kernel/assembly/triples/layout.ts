/** The description of a session on triples in the shared memory: byte offsets and codes that kernels and host both import. */

// What a call does.
export const opEvaluate = 1;
export const opSlopes = 2;
export const opFullProduct = 3;
export const opGaussNewtonProduct = 4;
export const opReduce = 5;
export const opDescend = 6;
/** For the tests: exp and log(1 + x) of an array. */
export const opExponential = 7;
export const opLogarithm = 8;

// One 8-byte slot a field; addresses and counts are u32, the last ones f64.
export const userCountField = 0;
export const itemCountField = 8;
export const factorsField = 16;
/** Parameters [users × factors | items × factors]: the current point, a direction, what is passed out. */
export const pointField = 24;
export const inputField = 32;
export const outputField = 40;
/** u32 item of every entry; an entry is a liked item, or another, and those follow the one that they are compared with. */
export const itemsField = 48;
/** u32 number of others after every liked item: a run. */
export const runsField = 56;
/** u32 pairs: where the entries and the runs of a batch begin; one pair more at the end. */
export const batchesField = 64;
/** u32 first batch of every user; one more at the end. */
export const userBatchesField = 72;
/** f64 sigmoid(−margin) of every triple at the point, or 0. */
export const slopesField = 80;
/** u32 borders of the users of the chunks. */
export const bordersField = 88;
/** Private item tables of the chunks, `accumulatorGapField` bytes apart. */
export const accumulatorsField = 96;
export const accumulatorGapField = 104;
export const chunksField = 112;
/** Private scratch of the threads, `scratchBytes` apart. */
export const scratchField = 120;
/** f64 sums of the chunks, `partialBytes` apart. */
export const partialsField = 128;
/** Ranges that the items are cut into when the chunks are added up. */
export const rangesField = 136;
/** u32 triples (user, liked, other) as they were given. */
export const triplesField = 144;
/** u32 positions of triples to descend along, and how many. */
export const orderField = 152;
export const countField = 160;
export const learningRateField = 168;
export const l2Field = 176;
export const sessionBytes = 192;

/** Bytes between the sums of two chunks: each on its own cache lines. */
export const partialBytes = 128;
/** Entries of a batch, at most. */
export const largestBatch = 64;
/** Offsets and three coefficients for every entry of a batch. */
export const scratchBytes = 2048;
