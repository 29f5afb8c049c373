/**
 * The one error of this folder: a file that cannot be used, and why.
 * Whatever a file holds, reading it ends in a result or in this error; nothing else escapes.
 */

export interface CheckpointErrorPlace {
  /** The file's name or path, as the reader was given it. */
  readonly file: string;
  /** The tensor in question, where there is one. */
  readonly tensor?: string;
  readonly cause?: unknown;
}

/** `message` is `FILE: problem` or `FILE: tensor "NAME": problem`; the problem says what was expected and what was found. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly file: string;
  readonly tensor: string | undefined;

  constructor({ file, tensor, cause }: CheckpointErrorPlace, problem: string) {
    const where = tensor === undefined ? file : `${file}: tensor ${quote(tensor)}`;
    super(`${where}: ${problem}`, cause === undefined ? undefined : { cause });
    this.file = file;
    this.tensor = tensor;
  }
}

/** Longest text from a file that an error repeats, in characters. */
const longestQuote = 80;

/** Text from a file as an error may show it: quoted, control characters escaped, cut when long. */
export function quote(text: string): string {
  const shown = text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
  return JSON.stringify(shown).replace(/[\u007f-\u009f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}
