/**
 * Kernels with operands for the variants: small, every optional operand there, more than one sequence, chunk and group.
 * Numbers are multiples of 1/8 up to 2, so that plain sums of products are exact.
 */
import type { Subject, SubjectOperand } from './variant.ts';

/** k/8, |k/8| ≤ 2, every seed others. */
export function grid(length: number, seed: number): number[] {
  return Array.from({ length }, (_, i) => ((3 * i * i + 7 * i + 5 * seed) % 33) / 8 - 2);
}

const cell = (length: number, seed: number): SubjectOperand => ({ cell: grid(length, seed) });
const cellOf = (numbers: readonly number[]): SubjectOperand => ({ cell: numbers });
const sizes = (length: number, seed: number) => cellOf(grid(length, seed).map((v) => Math.abs(v) / 2));
const decays = (length: number, seed: number) => cellOf(grid(length, seed).map((v) => -Math.abs(v)));
const matrix = (rows: number, columns: number): SubjectOperand => ({ matrix: grid(rows * columns, 1), rows, columns });

/** exp of |x| ≤ 4 is off by 11 ulp, two of them by 44u; quotients, products and sums of sigmoid and softplus. */
const functions = 2 * 40;

/** Δ·A ≥ −2: exp within 7 ulp, ΔA by 2u, a product and a sum; 4 tokens and a start; both are off. */
const tokens = 2 * 5 * 20;

/** 12 tokens in chunks of 4, sequences of 6 and 6, 4 channels in two groups, 3 states; B and C side by side. */
const starts = cellOf([1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0]);
const steps = sizes(48, 1);
const [x, A, BC, h0, carry] = [cell(66, 2), decays(12, 3), cell(144, 4), cell(24, 5), cell(36, 6)] as const;

const products: readonly Subject[] = [
  {
    kernel: 'linear',
    shape: [7, 3],
    operands: [matrix(7, 37), cell(122, 2), cell(7, 3), cell(28, 4), 37, 2, 40, 1, 1, 9],
    roundings: 0,
  },
  { kernel: 'linearPartial', shape: [7, 4, 3], operands: [matrix(7, 36), cell(122, 2), 9, 2, 40, 4], roundings: 0 },
  {
    kernel: 'linearReduce',
    shape: [7, 3],
    operands: [cell(84, 1), cell(7, 2), cell(28, 3), 4, 7, 1, 1, 9],
    roundings: 0,
  },
  {
    kernel: 'embed',
    shape: [5, 4],
    operands: [matrix(3, 5), cellOf([6, 4, 9, 5]), cell(20, 2), 5, 4, 7],
    roundings: 0,
  },
  { kernel: 'blockArgmax', shape: [3, 3], operands: [cell(74, 2), 1, 24, 23, 8], roundings: 0 },
  { kernel: 'upSweep', shape: [6, 4], operands: [cell(48, 2), 3], roundings: 0 },
  { kernel: 'downSweep', shape: [6, 8], operands: [cell(24, 2), cell(48, 3), 3], roundings: 0 },
  { kernel: 'chunkCarry', shape: [3, 4, 3], operands: [cell(36, 1), cell(36, 2), 4, 3, 3], roundings: 0 },
];

const rows: readonly Subject[] = [
  { kernel: 'softplus', shape: [17], operands: [cell(17, 2)], signed: [0], roundings: functions },
  {
    kernel: 'causalConv1d',
    shape: [5, 7],
    operands: [
      ...[cell(44, 1), cell(20, 2), cell(5, 3), cell(30, 4)],
      ...[cellOf([0, 0, 0, 0, 0, 0, 1, 3, 1, 3, 1, 3, 1, 3]), 1, 6, 5, 4, 1],
    ],
    signed: [4],
    roundings: functions,
  },
  {
    kernel: 'rmsNorm',
    shape: [9, 3],
    operands: [cell(32, 2), cell(9, 3), 1, 10, 9, 0.5, 1],
    roundings: 2 * (9 + 2 + 5 + 9 + 5 + 2), // squares are exact here; mean, root, quotient, products
  },
];

const scans: readonly Subject[] = [
  {
    kernel: 'chunkState',
    shape: [3, 4, 3],
    operands: [steps, x, A, BC, h0, starts, 11, 4, 3, 4, 2, 1, 5, 0, 12, 1],
    signed: [2, 5],
    roundings: tokens,
  },
  {
    kernel: 'scanOutput',
    shape: [4, 4, 3],
    operands: [steps, x, A, BC, h0, carry, starts, 4, 3, 4, 2, 1, 5, 0, 6, 12, 1, 1],
    signed: [2, 6],
    roundings: tokens,
  },
  {
    kernel: 'scanState',
    shape: [3, 4, 2],
    operands: [steps, x, A, BC, h0, carry, cellOf([0, 8, 8, 11]), 4, 3, 4, 2, 1, 5, 0, 12, 1, 1],
    signed: [2, 6],
    roundings: tokens,
  },
  {
    kernel: 'stepState',
    shape: [3, 4, 2],
    operands: [cell(13, 1), cell(4, 2), x, A, BC, h0, 4, 3, 2, 1, 5, 1, 5, 0, 12, 1, 1, 1],
    signed: [0, 1, 3],
    roundings: functions + tokens,
  },
  {
    kernel: 'stepOutput',
    shape: [4, 2],
    operands: [h0, BC, cell(4, 1), x, cell(11, 7), 4, 3, 2, 6, 12, 1, 5, 2, 5, 1, 1],
    roundings: functions,
  },
];

export const subjects: readonly Subject[] = [...products, ...rows, ...scans];
