/**
 * Guards at the engine's door: sequences that are there, ids that are in the vocabulary.
 */

/** @throws RangeError unless `sequence` is an integer in 0…sequences − 1 */
export function expectSequence(sequence: number, sequences: number): void {
  if (Number.isInteger(sequence) && sequence >= 0 && sequence < sequences) return;
  throw new RangeError(`"sequence" expected an integer in 0…${sequences - 1}, got ${sequence}`);
}

/** @throws RangeError unless there is one list a sequence, and every id is in the vocabulary */
export function expectLists(lists: readonly ArrayLike<number>[], sequences: number, vocabSize: number): void {
  if (lists.length !== sequences) {
    throw new RangeError(`"ids" expected ${sequences} lists (sequences), got ${lists.length}`);
  }
  for (const [s, list] of lists.entries()) expectIds(`ids[${s}]`, list, vocabSize);
}

/** @throws RangeError `"ids[0][1]" expected an id in 0…10, got 11` */
export function expectIds(name: string, ids: ArrayLike<number>, vocabSize: number): void {
  for (let t = 0; t < ids.length; t++) {
    const id = ids[t]!;
    if (Number.isInteger(id) && id >= 0 && id < vocabSize) continue;
    throw new RangeError(`"${name}[${t}]" expected an id in 0…${vocabSize - 1}, got ${id}`);
  }
}
