/**
 * The selective scan of the port: float32 throughout, any order, and the mistakes that ports make.
 */
import type { VectorCase } from '../../../src/oracle/vectors/vector-case.ts';
import { expOf, phiOf } from './port-factor.ts';
import type { Port, Z } from './port-numbers.ts';
import { f, numberAt, plus, statesOf, times, zero } from './port-numbers.ts';

export type Numbers = Record<string, Float32Array | undefined>;

export interface ScanSizes {
  readonly seqLen: number;
  readonly dInner: number;
  readonly dState: number;
  readonly groups: number;
  readonly complex: boolean;
  readonly constantB: boolean;
  readonly constantC: boolean;
  readonly softplus: boolean;
  readonly discretization: string;
  readonly cuSeqlens: readonly number[];
  readonly by: string;
}

export interface ScanWork {
  readonly sizes: ScanSizes;
  readonly operands: Numbers;
  readonly port: Port;
}

export function portScanCase({ parameters, inputs }: VectorCase, port: Port): Numbers {
  const operands = Object.fromEntries(Object.entries(inputs).map(([name, { data }]) => [name, data]));
  return portScan(parameters as unknown as ScanSizes, operands as Numbers, port);
}

export function portScan(sizes: ScanSizes, operands: Numbers, port: Port): Numbers {
  const work = { sizes, operands, port };
  const { seqLen, dInner, dState, cuSeqlens, complex } = sizes;
  const parts = complex ? 2 : 1;
  const products: Z[][][] = Array.from({ length: seqLen * dInner }, () => [[]]);
  const hLast = new Float32Array((cuSeqlens.length - 1) * dInner * dState * parts);
  for (let d = 0; d < dInner; d++) {
    for (let n = 0; n < dState; n++) {
      let leaked = zero;
      for (let s = 0; s + 1 < cuSeqlens.length; s++) {
        const at = (s * dInner + d) * dState + n;
        const first = port.mistake === 'h0 of the first sequence for all' ? d * dState + n : at;
        const given = numberAt(operands.h0, first, complex);
        const leaks = port.mistake === 'state not reset between sequences' && s > 0;
        const h0 = leaks ? leaked : port.mistake === 'initial state ignored' ? zero : given;
        leaked = oneState(work, { s, d, n, h0 }, products);
        hLast.set(leaked.slice(0, parts), at * parts);
      }
    }
  }
  const y = new Float32Array(seqLen * dInner);
  for (let td = 0; td < y.length; td++) y[td] = finished(work, products[td]![0]!, td);
  return { y, hLast };
}

interface OneState {
  readonly s: number;
  readonly d: number;
  readonly n: number;
  readonly h0: Z;
}

function oneState(work: ScanWork, { s, d, n, h0 }: OneState, products: Z[][][]): Z {
  const { sizes, operands, port } = work;
  const { dInner, dState, cuSeqlens, complex } = sizes;
  const { mistake } = port;
  const [start, end] = [cuSeqlens[s]!, cuSeqlens[s + 1]!];
  const tokens = Array.from({ length: end - start }, (_, j) => start + j);
  const a = numberAt(operands.A!, d * dState + n, complex);
  const steps = tokens.map((t) => {
    const delta = stepSize(work, t, d);
    const v = mistake === 'A not negated' ? times([f(-delta), 0], a) : times([delta, 0], a);
    const B = numberAt(operands.B!, placeOfB(sizes, mistake, { start, t, d, n }), complex);
    const deltaX = f(delta * operands.x![t * dInner + d]!);
    const euler = times([deltaX, 0], B);
    const turned: Z = mistake === 'Euler for A' ? [f(1 + v[0]), v[1]] : expOf(v, port);
    const undecayed = mistake === 'initial state added, not decayed' && t === start;
    return { a: undecayed ? ([1, 0] as Z) : turned, b: isHeld(sizes, port) ? times(euler, phiOf(v, port)) : euler };
  });
  const states = statesOf(steps, h0, port);
  states.forEach((h, j) => {
    const t = start + j;
    const C = numberAt(operands.C!, rowOf(sizes, 'constantC', mistake, [t, d]) + n, complex);
    const old = j === 0 ? h0 : states[j - 1]!;
    const wide = port.readsBefore ? plus(times(steps[j]!.a, old), steps[j]!.b) : h;
    products[t * dInner + d]![0]!.push(times(C, mistake === 'C reads the old state' ? old : wide));
  });
  if (mistake === 'last state one token old') return states.at(-2) ?? h0;
  return states.at(-1) ?? h0;
}

function finished({ sizes, operands, port: { exp, mistake } }: ScanWork, products: Z[], td: number): number {
  const sum = products.reduce(plus, zero)[0];
  let y = sizes.complex && mistake !== '2·Re taken as Re' ? f(2 * sum) : sum;
  const skip = operands.D === undefined ? 0 : f(operands.D[td % sizes.dInner]! * operands.x![td]!);
  const z = operands.z?.[td];
  const gate = z === undefined ? 1 : f(z / f(1 + exp(-z)));
  if (mistake === 'D added twice') y = f(y + skip);
  if (mistake === 'gate before D') return f(f(y * gate) + skip);
  y = f(y + skip);
  if (mistake === 'gate by sigmoid' && z !== undefined) return f(y * f(1 / f(1 + exp(-z))));
  return z === undefined ? y : f(y * gate);
}

export function stepSize({ sizes: { dInner, softplus }, operands, port }: ScanWork, t: number, d: number): number {
  const { mistake } = port;
  const raw = operands.delta![t * dInner + d]!;
  const bias = mistake === 'delta bias left out' ? 0 : (operands.deltaBias?.[d] ?? 0);
  const soft = (v: number) => {
    if (!softplus) return v;
    const e = port.exp(v);
    if (mistake === 'softplus without its cut') return f(Math.log1p(e));
    if (v > (mistake === 'softplus cut at 10' ? 10 : 20)) return v;
    return mistake === 'softplus by log(1 + exp)' ? f(Math.log(f(1 + e))) : f(Math.log1p(e));
  };
  return mistake === 'bias after softplus' ? f(soft(raw) + bias) : soft(f(raw + bias));
}

/** Whether B is held over a step. */
export function isHeld({ discretization }: ScanSizes, { mistake }: Port): boolean {
  return (discretization === 'zoh') !== (mistake === 'ZOH for B taken as Euler, or the other way');
}

export function placeOfB(
  sizes: ScanSizes,
  mistake: string | undefined,
  { start, t, d, n }: { readonly start: number; readonly t: number; readonly d: number; readonly n: number },
): number {
  const { dInner, dState, groups, constantB, seqLen } = sizes;
  if (mistake === 'B transposed' && constantB) return n * dInner + d;
  if (mistake === 'B transposed') return (Math.floor(d / (dInner / groups)) * dState + n) * seqLen + t;
  const token = mistake === 'B of the token before' ? Math.max(start, t - 1) : t;
  return rowOf(sizes, 'constantB', mistake, [token, d]) + n;
}

export function rowOf(
  sizes: ScanSizes,
  constant: 'constantB' | 'constantC',
  mistake: string | undefined,
  [t, d]: readonly [t: number, d: number],
): number {
  const { dInner, dState, groups } = sizes;
  if (sizes[constant]) return d * dState;
  const neighbours = Math.floor(d / (dInner / groups));
  const group = mistake === 'groups tiled' ? d % groups : mistake === 'the first group for all' ? 0 : neighbours;
  return (t * groups + group) * dState;
}
