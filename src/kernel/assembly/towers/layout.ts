/** The description of one pass through a tower in the shared memory: byte offsets and codes that kernels and host both import. */

// What a call does; the codes go on behind those of the products of matrices.
export const opPack = 16;
export const opForward = 17;
export const opTangent = 18;
export const opReverse = 19;
export const opReverseTangent = 20;

// One 8-byte slot a field, all u32.
export const layersField = 0;
/** 1 for squareplus, 0 for ReLU. */
export const smoothField = 8;
/** Rows, a multiple of `tileSize`: those beyond the last pair have an input and a weight of 0. */
export const rowsField = 16;
/** Rows of one task. */
export const grainField = 24;
/** A row of `activations`, and of `tangents`, has the outputs of all levels side by side, the input first. Bytes of one. */
export const rowBytesField = 32;
export const activationsField = 40;
export const tangentsField = 48;
/** Weights of the layers and the output: of the parameters, and of the direction that they move along, laid out alike. */
export const parametersField = 56;
export const directionField = 64;
/** One f64 a row: scores, their tangents, and the weights of a reverse pass. */
export const scoresField = 72;
export const scoreTangentsField = 80;
export const weightsField = 88;
/** What reverse passes leave: slopes of the input (or their tangents), and bytes of a row of them. */
export const inputSlopesField = 96;
export const slopeBytesField = 104;
/** Every task's own sums for the parameters, `gradientBytes` apart. */
export const gradientsField = 112;
export const gradientBytesField = 120;
/** Every thread's own `scratchBlocks` matrices of a block of rows, and bytes from row to row of them. */
export const scratchField = 128;
export const scratchRowBytesField = 136;
/** The features, which the output weighs: their number, and their first byte in a row. */
export const featuresField = 144;
export const featuresAtField = 152;
/** Where their weights are among the parameters, and the sums for them in a task's gradient. */
export const outputAtField = 160;
export const outputGradientField = 168;
/** Which weights are packed: the address of a set of them. */
export const packedField = 176;
/** Rows that go through all layers together. */
export const blockRowsField = 184;
/** Whether the direction moves any input. */
export const inputMovesField = 192;
export const headerBytes = 200;

// Behind the header a record a layer: one 8-byte slot a field, all u32.
export const inputsField = 0;
export const outputsField = 8;
/** First byte of input and output in a row. */
export const inputAtField = 16;
export const outputAtLayerField = 24;
/** Where a set of weights has them (inputs × outputs), in panels of columns, in panels of rows, and the biases. */
export const plainField = 32;
export const columnPanelsField = 40;
export const rowPanelsField = 48;
export const biasField = 56;
/** Where a task's gradient has the sums of weights and biases. */
export const weightsGradientField = 64;
export const biasGradientField = 72;
/** Whether the direction moves its weights, and its biases. */
export const weightsMoveField = 80;
export const biasMovesField = 88;
export const layerBytes = 96;

/** Slopes and their tangents, of a layer's output and of its input. */
export const scratchBlocks = 4;
