/**
 * A kernel run in plain JavaScript, in float64: what it computes, and what its roundings are measured by.
 */
import type { KernelDefinition } from '../kernel-definition.ts';
import type { Subject, SubjectOperand } from './variant.ts';

export function numbersInFloat64({ source }: KernelDefinition, { shape, operands }: Subject): number[] {
  const [width, height = 1, depth = 1] = shape;
  const given = operands.map(plain);
  const call = source as unknown as (this: unknown, ...operands: unknown[]) => number;
  return Array.from({ length: width * height * depth }, (_, i) => {
    const thread = { x: i % width, y: Math.floor(i / width) % height, z: Math.floor(i / (width * height)) };
    return call.apply({ thread }, given);
  });
}

/** The same on magnitudes, but for the cells whose signs matter. */
export function scaleInFloat64(definition: KernelDefinition, subject: Subject): number[] {
  const operands = subject.operands.map((operand, place) =>
    subject.signed?.includes(place) ? operand : magnitudes(operand),
  );
  return numbersInFloat64(definition, { ...subject, operands }).map(Math.abs);
}

function magnitudes(operand: SubjectOperand): SubjectOperand {
  if (typeof operand === 'number') return operand;
  if ('cell' in operand) return { cell: operand.cell.map(Math.abs) };
  return { ...operand, matrix: operand.matrix.map(Math.abs) };
}

/** Matrices as kernels read them, w[column][row]. */
function plain(operand: SubjectOperand): number | readonly number[] | number[][] {
  if (typeof operand === 'number') return operand;
  if ('cell' in operand) return operand.cell;
  const { matrix, rows, columns } = operand;
  return Array.from({ length: columns }, (_, j) => Array.from({ length: rows }, (_, i) => matrix[i * columns + j]!));
}
