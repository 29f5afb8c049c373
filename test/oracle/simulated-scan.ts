/**
 * The scans of a simulated GPU, in the forms of gpu/kernels: the selective scan in chunks of rows, whatever sequence they
 * belong to, and the linear recurrence in order, by a tree and in chunks.
 */
import type { Result } from '../../src/oracle/operation.ts';
import type { Problems } from '../../src/oracle/operations.ts';
import type { Affine, Monoid, Scan } from '../../src/reference/monoid.ts';
import type { Shader } from './simulated-shader.ts';

type SelectiveScan = Problems['selectiveScan'];

const chunk = 8;

export function simulatedScan(shader: Shader, p: SelectiveScan): Result {
  const { seqLen, dInner, dState, cuSeqlens, C, D, z, groups } = p;
  const y = new Float32Array(seqLen * dInner);
  const hLast = Float32Array.from(p.h);
  const states = Array.from({ length: dInner * dState }, (_, i) => statesOf(shader, p, i));
  for (let td = 0; td < y.length; td++) {
    const [t, d] = [Math.floor(td / dInner), td % dInner];
    const row = (t * groups + Math.floor((d * groups) / dInner)) * dState;
    const products = Array.from({ length: dState }, (_, n) =>
      shader.multiply(C[row + n]!, states[d * dState + n]!.read[t]!),
    );
    const skip = D === undefined ? 0 : shader.multiply(D[d]!, p.x[td]!);
    const sum = shader.add(shader.sum(products), skip);
    y[td] = z === undefined ? sum : shader.multiply(sum, shader.silu(z[td]!));
  }
  cuSeqlens.slice(1).forEach((end, s) => {
    if (end === cuSeqlens[s]) return;
    for (let i = 0; i < states.length; i++) hLast[s * states.length + i] = states[i]!.read[end - 1]!;
  });
  return { y, hLast };
}

/** h[t] of state i = d·dState + n, each by way of the state before its chunk. */
function statesOf(shader: Shader, p: SelectiveScan, i: number): { readonly read: readonly number[] } {
  const { seqLen, dInner, dState, cuSeqlens, A, h } = p;
  const d = Math.floor(i / dState);
  const startOf = new Map(cuSeqlens.slice(0, -1).map((start, s) => [start, s]));
  const steps = Array.from({ length: seqLen }, (_, t) => stepOf(shader, p, t, d));
  const advance = (before: number, t: number) => {
    const s = startOf.get(t);
    const old = s === undefined ? before : h[s * dInner * dState + i]!;
    return shader.add(
      shader.multiply(shader.exp(shader.multiply(steps[t]!, A[i]!)), old),
      inputOf(shader, p, i, t, steps[t]!),
    );
  };
  const read: number[] = [];
  let carry = 0;
  for (let first = 0; first < seqLen; first += chunk) {
    const end = Math.min(first + chunk, seqLen);
    let [local, state] = [0, carry];
    let begins = false;
    for (let t = first; t < end; t++) {
      local = advance(local, t);
      state = advance(state, t);
      begins ||= startOf.has(t);
      read.push(state);
    }
    const decay = shader.exp(shader.multiply(A[i]!, shader.sum(steps.slice(first, end))));
    carry = shader.add(begins ? 0 : shader.multiply(decay, carry), local);
  }
  return { read };
}

function stepOf(shader: Shader, { delta, deltaBias, dInner, softplus }: SelectiveScan, t: number, d: number): number {
  const raw = delta[t * dInner + d]!;
  const pre = deltaBias === undefined ? raw : shader.add(raw, deltaBias[d]!);
  return softplus ? shader.softplus(pre) : pre;
}

/** B̄x */
function inputOf(shader: Shader, p: SelectiveScan, i: number, t: number, step: number): number {
  const { dInner, dState, groups, A, B, x, discretization } = p;
  const [d, n] = [Math.floor(i / dState), i % dState];
  const row = (t * groups + Math.floor((d * groups) / dInner)) * dState;
  const euler = shader.multiply(shader.multiply(step, x[t * dInner + d]!), B[row + n]!);
  return discretization === 'zoh' ? shader.multiply(euler, shader.phi(shader.multiply(step, A[i]!))) : euler;
}

/** A scan of src/reference over maps h ↦ a·h + b in float32. */
export function simulatedRecurrence(shader: Shader, problem: Problems['scanSequential'], scan: Scan): Result {
  const { seqLen, channels, a, b, h0 } = problem;
  const h = new Float32Array(seqLen * channels);
  const maps: Monoid<Affine> = {
    identity: [1, 0],
    combine: ([a1, b1], [a2, b2]) => [shader.multiply(a2, a1), shader.add(shader.multiply(a2, b1), b2)],
  };
  for (let d = 0; d < channels; d++) {
    const elements = Array.from({ length: seqLen }, (_, t): Affine => {
      const [aT, bT] = [a[t * channels + d]!, b[t * channels + d]!];
      return [aT, t === 0 ? shader.add(shader.multiply(aT, h0?.[d] ?? 0), bT) : bT];
    });
    scan(maps, elements).forEach(([, state], t) => {
      h[t * channels + d] = state;
    });
  }
  return { h };
}
