/**
 * The Mamba block (paper, §3.4, Figure 3), and Falcon-Mamba's variant of it: the mixer of one layer, without the norm
 * before it and the residual around it, which stand in mamba-model.ts.
 *
 *        ┌─ x ─ conv1d ─ SiLU ─┬─────────────── selective scan ─ × ─ outProj
 *  inProj┤                     └─ xProj ─ Δ,B,C ──────┘          │
 *        └─ z ────────────────────────────────────────── SiLU ───┘
 */

import type { CausalConv1dInput } from './causal-conv1d.ts';
import { causalConv1d } from './causal-conv1d.ts';
import { columns } from './columns.ts';
import { checkLayerWeights } from './layer-weights.ts';
import { linear } from './linear.ts';
import { rmsNorm } from './rms-norm.ts';
import { selectiveScan } from './selective-scan.ts';
import type { SelectiveScanInput } from './selective-scan-input.ts';
import { sequenceBounds, stepSize } from './selective-scan-input.ts';
import { expectSize } from './shapes.ts';
import { silu } from './silu.ts';
import type { Floats, LayerState, LayerWeights, MambaConfig } from './types.ts';

/** Called with every intermediate, in the order of computation: its name, its shape, and the array itself. */
export type Trace = (name: string, shape: readonly number[], data: Floats) => void;

export interface BlockOptions {
  /** Where to continue; default: nothing read yet. With cuSeqlens a state holds one entry a sequence. */
  readonly state?: LayerState | undefined;
  readonly cuSeqlens?: ArrayLike<number> | undefined;
  readonly trace?: Trace | undefined;
}

/**
 * Mixes a sequence along time.
 *
 *   x, z = inProj(input)                    the first half is x
 *   x = silu(causalConv1d(x))
 *   Δ, B, C = xProj(x)                      Falcon-Mamba: each through a weightless RMSNorm
 *   delta = dtProjWeight·Δ                  its bias goes into the scan, before the softplus
 *   y = selectiveScan(x, delta, A = −exp(aLog), B, C, D, z, dtProjBias)
 *   out = outProj(y)
 *
 * @param input (seqLen, dModel): the normalised residual stream
 * @returns out (seqLen, dModel), and the state that continues the sequence: any split into chunks gives the same
 * @throws RangeError when a length does not fit, or a bias is there or missing against the config
 */
export function mambaBlock(
  config: MambaConfig,
  weights: LayerWeights,
  input: Floats,
  options: BlockOptions = {},
): { out: Float64Array; state: LayerState } {
  const { scan, conv, gated } = mambaBlockUpToGate(config, weights, input, options);
  const { dModel, dInner } = config;
  const rows = scan.seqLen;
  const out = linear({ rows, dIn: dInner, dOut: dModel }, gated.y, weights.outProjWeight, weights.outProjBias);
  options.trace?.('out', [rows, dModel], out);
  return { out, state: { convState: conv.convState, h: gated.hLast } };
}

/** One token of {@link mambaBlock}: input and out are (dModel). */
export function mambaBlockStep(
  config: MambaConfig,
  weights: LayerWeights,
  input: Floats,
  state: LayerState,
): { out: Float64Array; state: LayerState } {
  return mambaBlock(config, weights, input, { state });
}

/** Everything {@link mambaBlock} computes before outProj; the backward pass computes it once more. */
export interface BlockUpToGate {
  readonly convInput: CausalConv1dInput;
  readonly conv: { readonly y: Float64Array; readonly convState: Float64Array };
  /** What xProj reads: x after the convolution, or ones in the time-invariant variant. */
  readonly source: Float64Array; // (seqLen, dInner)
  /** Δ, B, C before Falcon-Mamba's norms. */
  readonly raw: { readonly deltaLow: Float64Array; readonly B: Float64Array; readonly C: Float64Array };
  readonly deltaLow: Float64Array; // (seqLen, dtRank), what dtProj reads
  readonly scan: SelectiveScanInput;
  readonly gated: { readonly y: Float64Array; readonly hLast: Float64Array };
}

export function mambaBlockUpToGate(
  config: MambaConfig,
  weights: LayerWeights,
  input: Floats,
  { state, cuSeqlens, trace }: BlockOptions,
): BlockUpToGate {
  const { dModel, dInner, dState, dConv, dtRank } = config;
  const seqLen = input.length / dModel;
  expectSize('input.length / dModel', seqLen);
  checkLayerWeights(config, weights);

  // x and z, the two halves of one projection.
  const xz = linear({ rows: seqLen, dIn: dModel, dOut: 2 * dInner }, input, weights.inProjWeight, weights.inProjBias);
  const z = columns(xz, 2 * dInner, dInner, 2 * dInner);

  // The short convolution, then SiLU.
  const convInput: CausalConv1dInput = {
    ...{ seqLen, dInner, dConv, cuSeqlens, convState: state?.convState },
    x: columns(xz, 2 * dInner, 0, dInner),
    weight: weights.conv1dWeight,
    bias: weights.conv1dBias,
  };
  const conv = causalConv1d(convInput);
  const x = conv.y.map(silu);

  // The selection: Δ, B and C from x, or from a constant in the time-invariant variant.
  const source = config.selective === false ? new Float64Array(x.length).fill(1) : x;
  const width = dtRank + 2 * dState;
  const projected = linear({ rows: seqLen, dIn: dInner, dOut: width }, source, weights.xProjWeight);
  const raw = {
    deltaLow: columns(projected, width, 0, dtRank),
    B: columns(projected, width, dtRank, dtRank + dState),
    C: columns(projected, width, dtRank + dState, width),
  };
  const deltaLow = mixerNorm(config, seqLen, raw.deltaLow);
  const delta = linear({ rows: seqLen, dIn: dtRank, dOut: dInner }, deltaLow, weights.dtProjWeight);

  // The scan, with skip connection and gate.
  const scan: SelectiveScanInput = {
    ...{ seqLen, dInner, dState, x, delta, z, D: weights.D, cuSeqlens, h0: state?.h },
    A: matrixA(weights.aLog),
    B: mixerNorm(config, seqLen, raw.B),
    C: mixerNorm(config, seqLen, raw.C),
    deltaBias: weights.dtProjBias,
    deltaSoftplus: true,
    discretization: config.discretization,
  };
  const gated = selectiveScan(scan);

  if (trace !== undefined) traceBlock(trace, config, { xz, convInput, conv, source, raw, deltaLow, scan, gated });
  return { convInput, conv, source, raw, deltaLow, scan, gated };
}

/** A = −exp(aLog): negative whatever is learned, so that the state decays (paper, §3.6). */
function matrixA(aLog: Floats): Float64Array {
  const A = new Float64Array(aLog.length);
  for (let i = 0; i < A.length; i++) A[i] = -Math.exp(aLog[i]!); // (measured: three times as fast as map)
  return A;
}

/** Falcon-Mamba normalises each row of Δ, B and C; plain Mamba leaves them as they are. */
function mixerNorm({ mixerRmsEps }: MambaConfig, rows: number, data: Float64Array): Float64Array {
  if (mixerRmsEps === undefined || rows === 0) return data;
  return rmsNorm({ rows, width: data.length / rows, eps: mixerRmsEps }, data);
}

function traceBlock(trace: Trace, config: MambaConfig, block: BlockUpToGate & { xz: Float64Array }): void {
  const { dInner, dState, dtRank, dConv } = config;
  const { scan, conv, gated } = block;
  const { seqLen } = scan;
  const sequences = sequenceBounds(seqLen, scan.cuSeqlens).length;
  const steps = Float64Array.from({ length: seqLen * dInner }, (_, i) =>
    stepSize(scan, Math.floor(i / dInner), i % dInner),
  );
  trace('xz', [seqLen, 2 * dInner], block.xz);
  trace('conv', [seqLen, dInner], conv.y);
  trace('convState', [sequences, dConv - 1, dInner], conv.convState);
  trace('x', [seqLen, dInner], scan.x);
  trace('z', [seqLen, dInner], scan.z!);
  trace('deltaLow', [seqLen, dtRank], block.deltaLow);
  trace('B', [seqLen, dState], scan.B);
  trace('C', [seqLen, dState], scan.C);
  trace('delta', [seqLen, dInner], scan.delta);
  trace('stepSize', [seqLen, dInner], steps);
  trace('A', [dInner, dState], scan.A);
  trace('y', [seqLen, dInner], gated.y);
  trace('hLast', [sequences, dInner, dState], gated.hLast);
}
