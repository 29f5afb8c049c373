/**
 * The numbers of a case by name, for the naive programs: float64 whatever they are stored in.
 */
import type { VectorCase } from '../vectors/vector-case.ts';

export interface CaseReader {
  /** An operand that is there. */
  get(name: string): Float64Array;
  /** The same, or nothing. */
  maybe(name: string): Float64Array | undefined;
  size(name: string): number;
  flag(name: string): boolean;
  word(name: string): string;
  list(name: string): readonly number[];
}

export function readerOf({ name, inputs, parameters }: VectorCase): CaseReader {
  const maybe = (key: string) => inputs[key] && Float64Array.from(inputs[key].data);
  return {
    maybe,
    get(key) {
      const data = maybe(key);
      if (data === undefined) throw new RangeError(`"${key}" expected among the inputs of ${name}, got none`);
      return data;
    },
    size: (key) => Number(parameters[key] ?? 0),
    flag: (key) => parameters[key] === true,
    word: (key) => String(parameters[key] ?? ''),
    list: (key) => (parameters[key] ?? []) as readonly number[],
  };
}

/** What a program computes, by the names of the case's outputs. */
export type Outputs = Record<string, Float64Array>;
