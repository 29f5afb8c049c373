/**
 * The port's block and model (port-scan.ts): float32, sums in order.
 */
import type { VectorCase } from '../../../src/oracle/vectors/vector-case.ts';
import type { Port } from './port-numbers.ts';
import { f } from './port-numbers.ts';
import type { Numbers } from './port-scan.ts';
import { portScan } from './port-scan.ts';
import { portConv } from './port-small.ts';

export type Sizes = Readonly<
  Record<'dModel' | 'dInner' | 'dState' | 'dConv' | 'dtRank' | 'nLayer' | 'normEps' | 'vocabSize', number>
> & { readonly mixerRmsEps?: number };

export type WeightOf = (name: string) => Float32Array | undefined;

export function portBlock({ parameters, inputs }: VectorCase, port: Port): Numbers {
  const sizes = parameters as unknown as Sizes;
  const weight = (name: string) => inputs[name]?.data as Float32Array | undefined;
  const state = {
    convState: weight('convState') ?? new Float32Array((sizes.dConv - 1) * sizes.dInner),
    h: weight('h') ?? new Float32Array(sizes.dInner * sizes.dState),
  };
  return portMixer(sizes, { ...state, weight, input: weight('input')! }, port);
}

interface PortLayer {
  readonly weight: WeightOf;
  readonly input: Float32Array; // (seqLen, dModel)
  readonly convState: Float32Array;
  readonly h: Float32Array;
}

/** out, the states, and every intermediate by the names of the trace. */
export function portMixer(sizes: Sizes, layer: PortLayer, port: Port): Numbers {
  const { weight, input, convState, h } = layer;
  const { dModel, dInner, dState, dConv, dtRank, mixerRmsEps } = sizes;
  const seqLen = input.length / dModel;
  const cuSeqlens = [0, seqLen];
  const xz = product(input, weight('inProjWeight')!, dModel, weight('inProjBias'));
  const [first, second] = [columns(xz, 2 * dInner, 0, dInner), columns(xz, 2 * dInner, dInner, dInner)];
  const [raw, z] = port.mistake === 'x and z swapped' ? [second, first] : [first, second];
  const convInputs = { x: raw, weight: weight('conv1dWeight'), bias: weight('conv1dBias'), state: convState };
  const conv = portConv({ seqLen, dInner, dConv, silu: true, cuSeqlens }, convInputs, port);
  const x = conv.y!;
  const width = dtRank + 2 * dState;
  const projected = product(x, weight('xProjWeight')!, dInner);
  const part = (from: number, size: number) => {
    const rows = columns(projected, width, from, size);
    return mixerRmsEps === undefined ? rows : normed(rows, size, mixerRmsEps);
  };
  const crossed = port.mistake === 'Δ, B, C split as Δ, C, B';
  const deltaLow = part(0, dtRank);
  const [B, C] = [part(dtRank + (crossed ? dState : 0), dState), part(dtRank + (crossed ? 0 : dState), dState)];
  const delta = product(deltaLow, weight('dtProjWeight')!, dtRank);
  const A = weight('aLog')!.map((a) => f(-port.exp(a)));
  const scanSizes = {
    ...{ seqLen, dInner, dState, groups: 1, complex: false, constantB: false, constantC: false, softplus: true },
    ...{ discretization: 'mamba', cuSeqlens, by: 'sequence' },
  };
  const operands = { x, delta, A, B, C, z, D: weight('D'), deltaBias: weight('dtProjBias'), h0: h };
  const scan = portScan(scanSizes, operands, port);
  const out = product(scan.y!, weight('outProjWeight')!, dInner, weight('outProjBias'));
  const taken = port.mistake === 'A not negated' ? A.map((a) => -a) : A; // by portScan
  return { out, convState: conv.state!, h: scan.hLast!, xz, x, z, deltaLow, B, C, delta, A: taken, y: scan.y! };
}

export function portModel({ parameters, inputs }: VectorCase, port: Port): Numbers {
  const ids = Array.from(inputs.ids!.data, Number);
  const weight = (name: string) => inputs[name]?.data as Float32Array | undefined;
  return { logits: portLogits(parameters as unknown as Sizes, weight, ids, port).logits! };
}

/** Logits, and the intermediates of each layer. */
export function portLogits(sizes: Sizes, weight: WeightOf, ids: readonly number[], port: Port): Numbers {
  const { dModel, dInner, dState, dConv, nLayer, normEps } = sizes;
  const embedding = weight('embeddingWeight')!;
  const trace: Numbers = {};
  let stream = Float32Array.from(ids.flatMap((id) => Array.from(embedding.subarray(id * dModel, (id + 1) * dModel))));
  for (let l = 0; l < nLayer; l++) {
    const layer = (name: string) => weight(`layers.${l}.${name}`);
    const input = scaled(normed(stream, dModel, normEps), layer('normWeight')!);
    const state = { convState: new Float32Array((dConv - 1) * dInner), h: new Float32Array(dInner * dState) };
    const mixed = portMixer(sizes, { ...state, weight: layer, input }, port);
    for (const [name, data] of Object.entries(mixed)) trace[`layers.${l}.${name}`] = data;
    const before = stream;
    stream = stream.map((value, i) => f(value + mixed.out![i]!));
    if (port.mistake === 'residual added twice')
      stream = stream.map((v, i) => f(v + (port.second ? mixed.out! : before)[i]!));
    trace[`layers.${l}.residual`] = stream;
  }
  const bare = port.mistake === 'last norm left out';
  const hidden = bare ? stream : scaled(normed(stream, dModel, normEps), weight('normFWeight')!);
  const rows = embedding.length / dModel;
  const turned = embedding.map((_, i) => embedding[(i % rows) * dModel + Math.floor(i / rows)]!);
  const tied = port.mistake === 'tied head transposed' ? turned : embedding;
  return { ...trace, hidden, logits: product(hidden, weight('lmHeadWeight') ?? tied, dModel) };
}

function product(x: Float32Array, weight: Float32Array, dIn: number, bias?: Float32Array): Float32Array {
  const dOut = weight.length / dIn;
  return Float32Array.from({ length: (x.length / dIn) * dOut }, (_, index) => {
    const [t, i] = [Math.floor(index / dOut), index % dOut];
    let sum = 0;
    for (let j = 0; j < dIn; j++) sum = f(sum + f(weight[i * dIn + j]! * x[t * dIn + j]!));
    return f(sum + (bias?.[i] ?? 0));
  });
}

function columns(data: Float32Array, width: number, from: number, size: number): Float32Array {
  const rows = data.length / width;
  return Float32Array.from({ length: rows * size }, (_, i) => data[Math.floor(i / size) * width + from + (i % size)]!);
}

function normed(data: Float32Array, width: number, eps: number): Float32Array {
  return data.map((value, i) => {
    const row = data.subarray(i - (i % width), i - (i % width) + width);
    const mean = f(row.reduce((sum, v) => f(sum + f(v * v)), 0) / width);
    return f(value * f(1 / f(Math.sqrt(f(mean + f(eps))))));
  });
}

function scaled(data: Float32Array, weight: Float32Array): Float32Array {
  return data.map((value, i) => f(value * weight[i % weight.length]!));
}
