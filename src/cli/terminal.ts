/** What a command talks to. */

/** Where text goes. */
export interface Stream {
  write(text: string): unknown;
  /** Whether somebody watches: then there is a progress line. */
  readonly isTTY?: boolean;
  /** How many characters a line has room for. */
  readonly columns?: number;
}

/** Two streams, and the signal that ends the work. */
export interface Terminal {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly signal: AbortSignal;
}
