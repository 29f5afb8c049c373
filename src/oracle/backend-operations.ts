/**
 * Each operation of a Backend on a problem: places the operands, and says what is then to be called.
 */
import type { Backend } from '../engine/backend.ts';
import { UnsupportedError } from '../engine/errors.ts';
import type { Operands } from './operands.ts';
import type { OperationName, Problems } from './operations.ts';

/** Enqueues the operation on the operands that were placed. */
export type Call = (backend: Backend) => void;

/** The suite's operations that a Backend has. */
export type BackendOperation = Extract<OperationName, keyof Backend>;

export const backendOperations: {
  readonly [O in BackendOperation]: (operands: Operands, problem: Problems[O]) => Call;
} = {
  linear(operands, { rows, dIn, dOut, dtype, x, weight, bias, add }) {
    const placed = {
      out: operands.out('out', [rows, dOut], { result: 'out', old: add }),
      x: operands.rows('x', x, dIn),
      weight: operands.matrix('weight', weight, [dOut, dIn], dtype),
      bias: bias && operands.floats('bias', bias),
    };
    return (backend) => backend.linear({ ...placed, rows, add: add !== undefined });
  },

  embed(operands, { rows, vocabSize, dModel, dtype, ids, weight }) {
    const placed = {
      out: operands.out('out', [rows, dModel], { result: 'out' }),
      ids: operands.integers('ids', ids),
      weight: operands.matrix('weight', weight, [vocabSize, dModel], dtype),
    };
    return (backend) => backend.embed({ ...placed, rows });
  },

  embedAdd(operands, { rows, vocabSize, dModel, dtype, ids, weight, old }) {
    const placed = {
      out: operands.out('out', [rows, dModel], { result: 'out', old }),
      ids: operands.integers('ids', ids),
      weight: operands.matrix('weight', weight, [vocabSize, dModel], dtype),
    };
    return (backend) => backend.embedAdd({ ...placed, rows });
  },

  layerNorm(operands, { rows, width, eps, x, weight, bias, inPlace }) {
    const out = operands.out('out', [rows, width], { result: 'out', old: inPlace ? x : undefined });
    const placed = {
      out,
      x: inPlace ? out : operands.rows('x', x, width),
      weight: operands.floats('weight', weight),
      bias: operands.floats('bias', bias),
    };
    return (backend) => backend.layerNorm({ ...placed, rows, width, eps });
  },

  gelu(operands, { rows, width, x, inPlace }) {
    const out = operands.out('out', [rows, width], { result: 'out', old: inPlace ? x : undefined });
    const placed = { out, x: inPlace ? out : operands.rows('x', x, width) };
    return (backend) => backend.gelu({ ...placed, rows, width });
  },

  attention(operands, problem) {
    const { method, rows, nHead, headDim, capacity, window, cuSeqlens, starts, q, k, v, keys, values } = problem;
    const width = nHead * headDim;
    const placed = {
      out: operands.out('out', [rows, width], { result: 'out' }),
      ...{ q: operands.rows('q', q, width), k: operands.rows('k', k, width), v: operands.rows('v', v, width) },
      keys: operands.outCell('keys', 'f32', keys.length, keys),
      values: operands.outCell('values', 'f32', values.length, values),
      scores: method === 'eager' ? operands.room('scores', nHead * rows * capacity) : undefined,
      starts: operands.integers('starts', starts),
      bounds: operands.integers('bounds', boundsOf(cuSeqlens)),
    };
    const sizes = { ...sequencesOf(cuSeqlens), rows, nHead, headDim, capacity, window };
    return (backend) => backend.attention({ ...placed, ...sizes, method });
  },

  rmsNorm(operands, { rows, width, eps, x, weight, inPlace }) {
    const out = operands.out('out', [rows, width], { result: 'out', old: inPlace ? x : undefined });
    const placed = {
      out,
      x: inPlace ? out : operands.rows('x', x, width),
      weight: weight && operands.floats('weight', weight),
    };
    return (backend) => backend.rmsNorm({ ...placed, rows, width, eps });
  },

  causalConv1d(operands, problem) {
    const { seqLen, cuSeqlens, dInner, dConv, x, weight, bias, state } = problem;
    if (!problem.silu) throw new UnsupportedError('causalConv1d without SiLU is no operation of a Backend');
    const placed = {
      out: operands.out('out', [seqLen, dInner], { result: 'y' }),
      x: operands.rows('x', x, dInner),
      weight: operands.floats('weight', weight),
      bias: bias && operands.floats('bias', bias),
      state: operands.outCell('state', 'f32', state.length, state),
      bounds: operands.integers('bounds', boundsOf(cuSeqlens)),
    };
    return (backend) => backend.causalConv1d({ ...placed, ...sequencesOf(cuSeqlens), rows: seqLen, dInner, dConv });
  },

  selectiveScan(operands, problem) {
    const { seqLen, cuSeqlens, dInner, dState, groups, softplus, discretization, z, D, deltaBias, h } = problem;
    if (problem.constantB || problem.constantC) {
      throw new UnsupportedError('selectiveScan with constant B or C is no operation of a Backend');
    }
    const placed = {
      out: operands.out('out', [seqLen, dInner], { result: 'y' }),
      x: operands.rows('x', problem.x, dInner),
      delta: operands.rows('delta', problem.delta, dInner),
      A: operands.floats('A', problem.A),
      B: operands.rows('B', problem.B, groups * dState),
      C: operands.rows('C', problem.C, groups * dState),
      D: D && operands.floats('D', D),
      z: z && operands.rows('z', z, dInner),
      deltaBias: deltaBias && operands.floats('deltaBias', deltaBias),
      h: operands.outCell('hLast', 'f32', h.length, h),
      bounds: operands.integers('bounds', boundsOf(cuSeqlens)),
    };
    const sizes = { ...sequencesOf(cuSeqlens), rows: seqLen, dInner, dState, groups };
    return (backend) => backend.selectiveScan({ ...placed, ...sizes, softplus, discretization });
  },

  crossEntropy(operands, { rows, vocabSize, logits, targets }) {
    const placed = {
      out: operands.outCell('out', 'f32', rows),
      logits: operands.rows('logits', logits, vocabSize),
      targets: operands.integers('targets', targets),
    };
    return (backend) => backend.crossEntropy({ ...placed, rows, vocabSize });
  },

  argmax(operands, { rows, width, x }) {
    const placed = { out: operands.outCell('out', 'u32', rows), x: operands.rows('x', x, width) };
    return (backend) => backend.argmax({ ...placed, rows, width });
  },

  copyRows(operands, { rows, width, x, index }) {
    const placed = {
      out: operands.out('out', [rows, width], { result: 'out' }),
      x: operands.rows('x', x, width),
      index: operands.integers('index', index),
    };
    return (backend) => backend.copyRows({ ...placed, rows, width });
  },
};

/** First row and the row behind the last, of every sequence. */
export function boundsOf(cuSeqlens: readonly number[]): Uint32Array {
  return Uint32Array.from(cuSeqlens.slice(1).flatMap((end, s) => [cuSeqlens[s]!, end]));
}

function sequencesOf(cuSeqlens: readonly number[]): { readonly sequences: number } {
  return { sequences: cuSeqlens.length - 1 };
}
