/**
 * Gradients of the Mamba block: the chain rule through mamba-block.ts, read from its last line to its first.
 *
 * Nothing is kept from the forward pass but its input: the intermediates are computed once more.
 */
import { causalConv1dBackward } from './causal-conv1d.ts';
import { joinColumns } from './columns.ts';
import { linearBackward } from './linear.ts';
import type { BlockOptions } from './mamba-block.ts';
import { mambaBlockUpToGate } from './mamba-block.ts';
import { rmsNormBackward } from './rms-norm.ts';
import { selectiveScanBackward } from './selective-scan-backward.ts';
import { siluBackward } from './silu.ts';
import type { Floats, LayerState, LayerWeights, MambaConfig } from './types.ts';

export interface BlockGradients {
  readonly dInput: Float64Array; // (seqLen, dModel)
  /** By each weight of the block, shaped as the weight; normWeight belongs to the model and is not among them. */
  readonly dWeights: Omit<LayerWeights, 'normWeight'>;
  /** By the state the block started from. */
  readonly dState: LayerState;
}

/** What comes back from later layers and later tokens. */
export interface BlockUpstream {
  readonly dOut: Floats; // (seqLen, dModel)
  readonly dState?: LayerState | undefined; // by the returned state, default 0
}

/**
 * Gradients of `mambaBlock(config, weights, input, options)` by its input, its weights and its initial state.
 *
 * A gradient by the state makes backpropagation exact across chunks: the dState that one chunk returns is the
 * upstream dState of the chunk before it.
 *
 * @param input (seqLen, dModel), as given to the forward pass
 * @throws RangeError when a length does not fit
 */
export function mambaBlockBackward(
  config: MambaConfig,
  weights: LayerWeights,
  { input, ...options }: BlockOptions & { readonly input: Floats },
  upstream: BlockUpstream,
): BlockGradients {
  const { dModel, dInner, dState, dtRank } = config;
  const block = mambaBlockUpToGate(config, weights, input, options);
  const rows = block.scan.seqLen;

  // out = outProj(y); y = selectiveScan(…)
  const outProj = linearBackward(
    { rows, dIn: dInner, dOut: dModel },
    block.gated.y,
    weights.outProjWeight,
    upstream.dOut,
  );
  const scan = selectiveScanBackward(block.scan, { dY: outProj.dX, dHLast: upstream.dState?.h });

  // delta = dtProj(Δ); Δ, B, C = xProj(source), through Falcon-Mamba's norms where there are any
  const dtProj = linearBackward({ rows, dIn: dtRank, dOut: dInner }, block.deltaLow, weights.dtProjWeight, scan.dDelta);
  const dProjected = joinColumns(rows, [
    { data: mixerNormBackward(config, rows, block.raw.deltaLow, dtProj.dX), width: dtRank },
    { data: mixerNormBackward(config, rows, block.raw.B, scan.dB), width: dState },
    { data: mixerNormBackward(config, rows, block.raw.C, scan.dC), width: dState },
  ]);
  const xProj = linearBackward(
    { rows, dIn: dInner, dOut: dtRank + 2 * dState },
    block.source,
    weights.xProjWeight,
    dProjected,
  );

  // x = silu(conv): x fed the scan and, if the model selects, xProj
  const dConv = block.conv.y.map((c, i) => {
    const dX = scan.dX[i]! + (config.selective === false ? 0 : xProj.dX[i]!);
    return dX * siluBackward(c);
  });
  const conv = causalConv1dBackward(block.convInput, dConv, upstream.dState?.convState);

  // x, z = inProj(input)
  const dXz = joinColumns(rows, [
    { data: conv.dX, width: dInner },
    { data: scan.dZ, width: dInner },
  ]);
  const inProj = linearBackward({ rows, dIn: dModel, dOut: 2 * dInner }, input, weights.inProjWeight, dXz);

  return {
    dInput: inProj.dX,
    dWeights: {
      inProjWeight: inProj.dWeight,
      ...(weights.inProjBias && { inProjBias: inProj.dBias }),
      conv1dWeight: conv.dWeight,
      ...(weights.conv1dBias && { conv1dBias: conv.dBias }),
      xProjWeight: xProj.dWeight,
      dtProjWeight: dtProj.dWeight,
      dtProjBias: scan.dDeltaBias,
      aLog: scan.dA.map((dA, i) => dA * block.scan.A[i]!), // A = −exp(aLog), so dA/daLog = A
      D: scan.dD,
      outProjWeight: outProj.dWeight,
      ...(weights.outProjBias && { outProjBias: outProj.dBias }),
    },
    dState: { convState: conv.dConvState, h: scan.dH0 },
  };
}

function mixerNormBackward({ mixerRmsEps }: MambaConfig, rows: number, raw: Floats, dY: Float64Array): Float64Array {
  if (mixerRmsEps === undefined || rows === 0) return dY;
  return rmsNormBackward({ rows, width: raw.length / rows, eps: mixerRmsEps }, raw, undefined, dY).dX;
}
