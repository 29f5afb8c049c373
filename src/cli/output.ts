/**
 * Where things are printed: results on stdout, everything else on stderr.
 */

/** Writes a part of the result, and waits when the reader is slow. Rejects when nobody reads any more (EPIPE). */
export function writeResult(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

export function writeNote(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Failed writes are handled where they happen; without a listener Node would end the program with a stack trace. */
export function ignoreStreamErrors(): void {
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}
