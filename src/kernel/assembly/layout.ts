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
export const opGram = 13;
export const opOptimiseUsers = 14;

// The description of a session: one 8-byte slot a field; addresses and counts are u32, those named float f64.
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
/** Float. */
export const factorPenaltyField = 304;
/** Float. */
export const biasPenaltyField = 312;
/** Float: the mean at the point. */
export const meanField = 320;
/** Float: the mean's entry of the input. */
export const movedField = 328;
/** Weights of the ratings, user-major, or 0; and those of the side that a block operation is about. */
export const weightsField = 336;
export const sideWeightsField = 344;
// What all pairs add: padded d × d matrices, each of which multiplies a row, or 0 (see pairs.ts).
/** Multiplies a user's row of the point and adds to its row of the output. */
export const userMatrixField = 352;
/** The same of a user's row of the input. */
export const userMovesMatrixField = 360;
export const itemMatrixField = 368;
export const itemMovesMatrixField = 376;
/** What every block of the side begins with. */
export const sideMatrixField = 384;
/** Where a Schur product leaves what it takes from the users, a table; or 0. */
export const takenField = 392;
/** The two tables whose rows are multiplied and summed, and how many rows they have. */
export const gramLeftField = 400;
export const gramRightField = 408;
export const gramRowsField = 416;
/** The sums of the tasks, a padded matrix each, one behind the other. */
export const gramsField = 424;
export const sessionBytes = 448;

/** Tasks of a sum over rows, whatever their number. */
export const gramTasks = 8;

/** Bytes between the sums of two tasks: each on its own cache lines. */
export const partialBytes = 128;
/** f64: the ratings' terms and users' penalties of a chunk, or the items' penalties of a range. */
export const partialValue = 0;
/** f64: the mean's entry of the output, or the number of failed blocks. */
export const partialMean = 8;

/** Ratings gathered before one update of the normal equations. */
export const batchSize = 32;
/** Ratings of one batch of a pass, at most. */
export const largestBatch = 64;
