/**
 * Small operands for any kernel, made from its parameters alone: enough for a first call, which compiles it, and for its
 * result to be that of the same function in plain JavaScript. Where they lead a kernel outside of a cell, JavaScript says
 * NaN, and a GPU what it likes. Runs in Node and in a page: imports nothing but types.
 */
import type { KernelDefinition, Parameter } from '../../gpu/kernel-definition.ts';

/** Numbers in a cell; rows and columns of a matrix. */
const [length, side] = [256, 16];

/** What one parameter gets: an integer, or numbers. */
export type TinyOperand = number | Float32Array;

/** Small whole numbers, since some cells hold places; every parameter its own, so that a confusion shows. */
export function tinyOperand(parameter: Parameter, place: number): TinyOperand {
  switch (parameter) {
    case 'integer':
      return 1 + (place % 3);
    case 'float':
      return 1;
    case 'cell':
      return Float32Array.from({ length }, (_, i) => ((i * i + place) % 7) % 3);
    case 'matrix':
      return Float32Array.from({ length: side * side }, (_, i) => (i % 11) - 5);
    default:
      throw new TypeError(`a parameter expected a known kind, got ${JSON.stringify(parameter)}`);
  }
}

export const matrixSide = side;

/** out[z][y][x], flat, of the kernel's own function. */
export function expectedNumbers({ source, parameters }: KernelDefinition, sides: readonly number[]): number[] {
  const operands = parameters.map((parameter, place) => {
    const operand = tinyOperand(parameter, place);
    return parameter === 'matrix' ? transposed(operand as Float32Array) : operand;
  });
  const [width, height = 1, depth = 1] = sides;
  const call = source as unknown as (this: unknown, ...operands: unknown[]) => number;
  return Array.from({ length: width! * height * depth }, (_, i) => {
    const thread = { x: i % width!, y: Math.floor(i / width!) % height, z: Math.floor(i / (width! * height)) };
    return Number(call.apply({ thread }, operands));
  });
}

/** w[column][row], as kernels read matrices. */
function transposed(data: Float32Array): number[][] {
  const places = Array.from({ length: side }, (_, i) => i);
  return places.map((column) => places.map((row) => data[row * side + column]!));
}
