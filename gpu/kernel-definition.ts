/**
 * A kernel as text that GPU.js compiles: a top-level function, and what its parameters are. Minifiers rename functions
 * and parameters, so both are told apart by place, never by name.
 */
import type { KernelSource } from './gpu-js.ts';

/** cell: activations, states, small weights · matrix: a weight (rows, columns), read as w[row][column] · numbers. */
export type Parameter = 'cell' | 'matrix' | 'integer' | 'float';

export interface KernelDefinition {
  readonly name: string;
  readonly source: KernelSource;
  readonly parameters: readonly Parameter[];
  /** Functions that the source calls. */
  readonly functions: readonly KernelSource[];
}

/** What `this` is inside a kernel. */
export interface KernelThis {
  readonly thread: { readonly x: number; readonly y: number; readonly z: number };
}

/** @param parameters in order, as words: `'matrix cell integer'` */
export function defineKernel(
  name: string,
  source: KernelSource,
  parameters: string,
  functions: readonly KernelSource[] = [],
): KernelDefinition {
  const list = parameters.split(' ').filter((word) => word !== '') as Parameter[];
  return { name, source, parameters: list, functions };
}

/**
 * The same kernel with thread.y and thread.z exchanged. GPU.js gives a result with a height but no depth a texture of
 * exactly these sides, which a vocabulary overruns; (width, 1, height) is folded into a square one.
 */
export function withDepthForHeight(source: string): string {
  return source.replace(/\bthis\.thread\.([yz])\b/g, (_, axis: string) => `this.thread.${axis === 'y' ? 'z' : 'y'}`);
}

/** The same kernel with some parameters, arrays or numbers, as constants `this.constants.p0`, `p1` …, numbered by their places. */
export function withConstants(source: string, places: readonly number[]): string {
  const open = source.indexOf('(');
  const close = source.indexOf(')', open);
  const names = source
    .slice(open + 1, close)
    .split(',')
    .map((name) => name.trim());
  const kept = names.filter((_, place) => !places.includes(place));
  const body = places.reduce((text, place) => {
    const name = names[place]!.replace(/\$/g, '\\$&');
    return text.replace(new RegExp(`(?<![\\w.$])${name}(?![\\w$])`, 'g'), () => `this.constants.p${place}`);
  }, source.slice(close));
  return `${source.slice(0, open + 1)}${kept.join(', ')}${body}`;
}
