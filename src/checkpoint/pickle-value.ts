/**
 * What a pickle of a tensor dictionary is made of. No value is ever an object of a class that the pickle names.
 */

/** Tuples are arrays, dictionaries are Maps with text as keys. */
export type PickleValue = null | boolean | number | string | readonly PickleValue[] | PickleDictionary | PickleOpaque;

export type PickleDictionary = Map<string, PickleValue>;

/** A value that only the rules know: a global, a storage, a tensor. */
export interface PickleOpaque {
  /** What errors call it. */
  readonly what: string;
}

/**
 * What a pickle may name and do. The machine asks; whatever gets no answer is refused.
 */
export interface PickleRules {
  /** The value of a global, named "MODULE NAME". */
  global(name: string): PickleOpaque | undefined;
  /** The value that a persistent id stands for. */
  persistent(id: PickleValue): PickleValue | undefined;
  /** The value of a call. */
  call(callee: PickleValue, args: readonly PickleValue[]): PickleValue | undefined;
  /** Whether a value may be given this state, which is then forgotten. */
  takesState(value: PickleValue, state: PickleValue): boolean;
}

/** A value as an error may show it: what it is, not what is in it. */
export function pickleWhat(value: PickleValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (value instanceof Map) return 'a dictionary';
  if (isTuple(value)) return `a tuple of ${value.length}`;
  if (typeof value === 'string') return 'a text';
  return typeof value === 'object' ? value.what : String(value);
}

export function isTuple(value: PickleValue | undefined): value is readonly PickleValue[] {
  return Array.isArray(value);
}
