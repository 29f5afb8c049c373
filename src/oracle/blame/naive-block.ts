/**
 * A block and a model once more, with mistakes to switch on: their own, and those of the convolution and the scan inside.
 */
import type { CaseReader, Outputs } from './case-reader.ts';
import type { MistakeName } from './mistakes.ts';
import type { NaiveConv } from './naive-conv.ts';
import { naiveConv } from './naive-conv.ts';
import { naiveStep } from './naive-operands.ts';
import { normed, product, slice, transposed, unchanged, weighted } from './naive-rows.ts';
import type { NaiveScan } from './naive-scan.ts';
import { naiveScan } from './naive-scan.ts';

/** Weights of one layer by their names. */
type Weights = (name: string) => Float64Array | undefined;

interface Layer {
  readonly weights: Weights;
  readonly input: Float64Array; // (seqLen, dModel)
  readonly convState: Float64Array;
  readonly h: Float64Array;
  /** Of the norms of Δ, B and C; none where there are no norms. */
  readonly eps: number | undefined;
  /** Of the mistake in the scan. */
  readonly variant: number;
}

function mixerEps(reader: CaseReader, mistake: MistakeName | undefined, variant: number): number | undefined {
  const own = reader.size('mixerRmsEps');
  if (own === 0 || mistake === 'norms of Δ, B and C left out') return undefined;
  return mistake === 'another eps in the norms of Δ, B and C' ? variant : own;
}

/** What is taken for the eps of a norm. */
export const otherEps: readonly number[] = [0, 1e-12, 1e-8, 1e-6, 1e-5, 1e-3];

/** @param variant the eps, where the mistake is another one, or the scan's */
export function naiveBlock(reader: CaseReader, mistake?: MistakeName, variant = 1): Outputs {
  const state = {
    convState: reader.maybe('convState') ?? new Float64Array((reader.size('dConv') - 1) * reader.size('dInner')),
    h: reader.maybe('h') ?? new Float64Array(reader.size('dInner') * reader.size('dState')),
  };
  return mixed(
    reader,
    { ...state, weights: reader.maybe, input: reader.get('input'), eps: mixerEps(reader, mistake, variant), variant },
    mistake,
  );
}

/** The results, and every intermediate by the names of the reference's trace (src/reference/mamba-block.ts). */
function mixed(reader: CaseReader, layer: Layer, mistake?: MistakeName): Outputs {
  const { weights, input, convState, h, eps, variant } = layer;
  const [dModel, dInner, dState, dtRank, dConv] = sizeNames.map(reader.size) as Sizes;
  const seqLen = input.length / dModel;
  const xz = product(input, weights('inProjWeight')!, dModel, weights('inProjBias'));
  const halves = [slice(xz, 2 * dInner, 0, dInner), slice(xz, 2 * dInner, dInner, dInner)] as const;
  const [raw, z] = mistake === 'x and z swapped' ? [halves[1], halves[0]] : halves;
  const convolution: NaiveConv = {
    ...{ dInner, dConv, silu: true, cuSeqlens: [0, seqLen], x: raw, weight: weights('conv1dWeight')! },
    ...{ bias: weights('conv1dBias'), state: convState },
  };
  const conv = naiveConv(convolution, mistake);
  const x = conv.y!;
  const projected = product(x, weights('xProjWeight')!, dInner);
  const width = dtRank + 2 * dState;
  const from = { ...splits(dtRank, dState), ...wrongSplits(dtRank, dState, mistake) };
  const part = (at: number, columns: number) =>
    (eps === undefined ? unchanged : normed)(slice(projected, width, at, columns), columns, eps ?? 0);
  const [deltaLow, B, C] = [part(from.delta, dtRank), part(from.B, dState), part(from.C, dState)];
  const delta = product(deltaLow, weights('dtProjWeight')!, dtRank);
  const A = weights('aLog')!.map((a) => (mistake === 'A_log taken for −A' ? -a : -Math.exp(a)));
  const q: NaiveScan = {
    ...{ seqLen, dInner, dState, groups: 1, complex: false, constantB: false, constantC: false, zoh: false },
    ...{ softplus: true, steps: false, cuSeqlens: [0, seqLen], x, z, h0: h, D: weights('D') },
    ...{ A, delta, B, C, deltaBias: weights('dtProjBias'), variant },
  };
  const scan = naiveScan(q, mistake);
  const out = product(scan.y!, weights('outProjWeight')!, dInner, weights('outProjBias'));
  return {
    ...{
      out,
      convState: conv.state!,
      h: scan.hLast!,
      xz,
      conv: naiveConv({ ...convolution, silu: false }, mistake).y!,
    },
    ...{ x, z, deltaLow, B, C, delta, stepSize: delta.map((_, td) => naiveStep(q, mistake, td)) },
    ...{ A: mistake === 'A not negated' ? A.map((a) => -a) : A, y: scan.y! },
  };
}

const sizeNames = ['dModel', 'dInner', 'dState', 'dtRank', 'dConv'];

type Sizes = [number, number, number, number, number];

/** Where Δ, B and C begin in a row of xProj. */
function splits(dtRank: number, dState: number) {
  return { delta: 0, B: dtRank, C: dtRank + dState };
}

function wrongSplits(dtRank: number, dState: number, mistake: MistakeName | undefined) {
  if (mistake === 'Δ, B, C split as Δ, C, B') return { B: dtRank + dState, C: dtRank };
  if (mistake === 'Δ, B, C split as B, C, Δ') return { B: 0, C: dState, delta: 2 * dState };
  return {};
}

export function naiveModel(reader: CaseReader, mistake?: MistakeName, variant = 1): Outputs {
  const dModel = reader.size('dModel');
  const eps = mistake === 'another eps in the norms around the blocks' ? variant : reader.size('normEps');
  const embedding = reader.get('embeddingWeight');
  const ids = Array.from(reader.get('ids'));
  let stream = Float64Array.from(ids.flatMap((id) => Array.from(embedding.subarray(id * dModel, (id + 1) * dModel))));
  for (let l = 0; l < reader.size('nLayer'); l++) {
    const weights = (name: string) => reader.maybe(`layers.${l}.${name}`);
    const bare = mistake === 'norm before the block left out';
    const input = bare ? stream : weighted(normed(stream, dModel, eps), weights('normWeight')!);
    const state = {
      convState: new Float64Array((reader.size('dConv') - 1) * reader.size('dInner')),
      h: new Float64Array(reader.size('dInner') * reader.size('dState')),
    };
    const { out } = mixed(
      reader,
      { ...state, weights, input, eps: mixerEps(reader, mistake, variant), variant },
      mistake,
    );
    stream = out!.map((value, i) => joined(mistake, variant, stream[i]!, value));
  }
  const last =
    mistake === 'last norm left out' ? stream : weighted(normed(stream, dModel, eps), reader.get('normFWeight'));
  const own = mistake === 'embedding for a head of its own' ? undefined : reader.maybe('lmHeadWeight');
  const tied = mistake === 'tied head transposed' ? transposed(embedding, dModel) : embedding;
  return { logits: product(last, own ?? tied, dModel) };
}

/** The residual and what the block adds. @param variant of what is added twice: 1 the residual, 2 the block's output */
function joined(mistake: MistakeName | undefined, variant: number, residual: number, out: number): number {
  if (mistake === 'residual left out') return out;
  const twice = mistake !== 'residual added twice' ? 0 : variant === 2 ? out : residual;
  return residual + out + twice;
}
