/** Where things lie in the shared memory: byte offsets and codes that the kernels (AssemblyScript) and their host (TypeScript) both import. */

// The control block of the pool; each word that is written by several threads has a cache line of its own.
/** u64: generation of the call << 32 | next task << 16 | number of tasks. */
export const controlState = 64;
/** i32: tasks that are done. */
export const controlFinished = 128;
/** i32: generation of the latest call; workers sleep on it. */
export const controlWake = 192;
/** i32: workers that have started. */
export const controlReady = 256;
/** i32: 1 when a task threw, 2 when a worker ended. */
export const controlFault = 260;
/** i32: 1 asks the workers to end. */
export const controlExit = 264;
/** i32: what the call does. */
export const controlOperation = 320;
/** i32: address of the session it does it to. */
export const controlSession = 324;
/** First byte that may be allocated. */
export const controlBytes = 1024;

// What a call does.
export const opResiduals = 1;
export const opEvaluate = 2;
export const opHessian = 3;
export const opGaussNewton = 4;
export const opRelaxUsers = 5;
export const opSchur = 6;
export const opUserCoupling = 7;
export const opItemCoupling = 8;
export const opReduce = 9;
export const opFactorise = 10;
export const opSolve = 11;
export const opApplyInverse = 12;

// The description of a session: one 8-byte slot a field; addresses and counts are u32, the last four f64.
export const userCountField = 0;
export const itemCountField = 8;
export const factorsField = 16;
export const biasesField = 24;
export const strideField = 32;
export const userStartField = 40;
export const userOthersField = 48;
export const ratingsField = 56;
export const userScaleField = 64;
export const itemScaleField = 72;
/** Parameters: the current point. */
export const pointField = 80;
/** Parameters, a table or a reduced vector: what is passed in. */
export const inputField = 88;
/** The same: what is passed out. */
export const outputField = 96;
/** Private item tables of the chunks, `accumulatorGapField` bytes apart. */
export const accumulatorsField = 104;
export const accumulatorGapField = 112;
/** e of every rating at the point, or 0. */
export const residualsField = 120;
export const userBlocksField = 128;
export const itemBlocksField = 136;
/** Bytes of one packed inverse block. */
export const blockBytesField = 144;
/** Private scratch of the threads, `scratchGapField` bytes apart. */
export const scratchField = 152;
export const scratchGapField = 160;
/** Sums of the tasks, `partialBytes` apart. */
export const partialsField = 168;
/** u32 borders of the chunks of users. */
export const bordersField = 176;
/** u32 borders of the ranges of items that are reduced together. */
export const rangesField = 184;
export const chunksField = 192;
/** Whether a reduction adds the penalties times the point (1), times the input (2), or nothing (0). */
export const penalisedField = 200;
/** Where in the input the items begin, in bytes. */
export const inputItemsField = 208;
/** Where in the output the items begin, in bytes. */
export const outputItemsField = 216;
/** The side that a block operation is about: its CSR, scales, stored blocks, table, and the other side's table. */
export const sideStartField = 224;
export const sideOthersField = 232;
export const sideRatingsField = 240;
export const sideScaleField = 248;
export const sideBlocksField = 256;
export const sideTableField = 264;
export const sideOtherTableField = 272;
/** Rows of the side, or of the list. */
export const sideCountField = 280;
/** u32 list of rows, or 0 for all. */
export const listField = 288;
/** Rows of one task of a block operation. */
export const grainField = 296;
export const factorPenaltyField = 304;
export const biasPenaltyField = 312;
/** The mean at the point. */
export const meanField = 320;
/** The mean's entry of the input. */
export const movedField = 328;
export const sessionBytes = 384;

/** Bytes between the sums of two tasks: each on its own cache lines. */
export const partialBytes = 128;
/** f64: ½Σe² and users' penalties of a chunk, or the items' penalties of a range. */
export const partialValue = 0;
/** f64: the mean's entry of the output, or the number of failed blocks. */
export const partialMean = 8;

/** Ratings gathered before one update of the normal equations. */
export const batchSize = 32;
/** Ratings of one batch of a pass, at most. */
export const largestBatch = 64;
