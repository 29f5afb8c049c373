/**
 * A second GPT-Neo, written to be broken: with no mistake it is right, and with each one it must be caught.
 *
 * It shares no code with src/reference but GELU's other form with the tests. Token by token, lists of lists, scores of
 * unseen keys −∞ instead of left out.
 */
import type { GptNeoConfig, GptNeoLayerWeights, GptNeoWeights } from '../../src/reference/gpt-neo-types.ts';
import { geluByErf } from './erf.ts';

export const mistakes = [
  'scores scaled by 1/√headDim',
  'window one too wide',
  'window one too narrow',
  'window ignored',
  'local layers global and global ones local',
  'future not hidden',
  'GELU by erf',
  'GELU left out',
  'positions from 0 after a cache',
  'positions one off after a cache',
  'cache of one layer for all',
  'k and v swapped',
  'q and k swapped',
  'LayerNorm with n − 1',
  'LayerNorm without its mean',
  'eps outside of the root',
  'no bias behind the attention',
  'no bias in fc',
  'no bias in proj',
  'no bias in ln1',
  'no bias in ln2',
  'no bias in lnF',
  'attention before its norm',
  'MLP before its norm',
  'MLP beside the attention',
  'no residual around the attention',
  'no lnF',
  'heads interleaved',
  'heads in one',
  'matrices transposed',
] as const;
export type Mistake = (typeof mistakes)[number] | 'none';

interface Cache {
  readonly k: number[][];
  readonly v: number[][];
}

/** Hidden rows of ids read in chunks of these lengths, one behind the other. */
export function wrongGptNeo(
  config: GptNeoConfig,
  weights: GptNeoWeights,
  ids: ArrayLike<number>,
  { mistake, chunks }: { readonly mistake: Mistake; readonly chunks: readonly number[] },
): Float64Array {
  const { hiddenSize } = config;
  const caches = weights.layers.map((): Cache => ({ k: [], v: [] }));
  const hidden: number[][] = [];
  let read = 0;
  for (const length of chunks) {
    const offset = { 'positions from 0 after a cache': -read, 'positions one off after a cache': read > 0 ? -1 : 0 };
    const place = (t: number) => read + t + ((offset as Record<string, number>)[mistake] ?? 0);
    let x = Array.from({ length }, (_, t) =>
      Array.from({ length: hiddenSize }, (__, c) => {
        const position = weights.wpeWeight[place(t) * hiddenSize + c]!;
        return weights.wteWeight[ids[read + t]! * hiddenSize + c]! + position;
      }),
    );
    weights.layers.forEach((layer, i) => {
      const cache = mistake === 'cache of one layer for all' ? caches[0]! : caches[i]!;
      x = layerOf({ config, layer, i, mistake }, x, cache, read);
    });
    const biasF = mistake === 'no bias in lnF' ? undefined : weights.lnFBias;
    hidden.push(
      ...x.map((row) => (mistake === 'no lnF' ? row : norm(config, mistake, row, [weights.lnFWeight, biasF]))),
    );
    read += length;
  }
  return Float64Array.from(hidden.flat());
}

interface Layer {
  readonly config: GptNeoConfig;
  readonly layer: GptNeoLayerWeights;
  readonly i: number;
  readonly mistake: Mistake;
}

function layerOf(place: Layer, x: readonly number[][], cache: Cache, read: number): number[][] {
  const { config, layer, mistake } = place;
  const bias = (name: string, values: ArrayLike<number>) => (mistake === `no bias ${name}` ? undefined : values);
  const norm1 = (row: number[]) => norm(config, mistake, row, [layer.ln1Weight, bias('in ln1', layer.ln1Bias)]);
  const norm2 = (row: number[]) => norm(config, mistake, row, [layer.ln2Weight, bias('in ln2', layer.ln2Bias)]);
  const normed = x.map((row) => (mistake === 'attention before its norm' ? row : norm1(row)));

  const attended = attend(place, normed, cache, read).map((row) =>
    times(layer.outProjWeight, mistake === 'attention before its norm' ? norm1(row) : row, mistake),
  );
  const outBias = bias('behind the attention', layer.outProjBias);
  const middle = x.map((row, t) =>
    row.map((value, c) => {
      const added = attended[t]![c]! + (outBias?.[c] ?? 0);
      return mistake === 'no residual around the attention' ? added : value + added;
    }),
  );
  const [fcBias, projBias] = [bias('in fc', layer.fcBias), bias('in proj', layer.projBias)];
  return middle.map((row, t) => {
    const source = mistake === 'MLP beside the attention' ? x[t]! : row;
    const input = mistake === 'MLP before its norm' ? source : norm2(source);
    const inner = times(layer.fcWeight, input, mistake).map((value, c) => gelu(value + (fcBias?.[c] ?? 0), mistake));
    const out = times(layer.projWeight, inner, mistake);
    return row.map((value, c) => value + out[c]! + (projBias?.[c] ?? 0));
  });
}

/** Adds the rows to the cache, and gives what every one of them collects. */
function attend(
  { config, layer, i, mistake }: Layer,
  rows: readonly number[][],
  cache: Cache,
  read: number,
): number[][] {
  const { hiddenSize } = config;
  const nHead = mistake === 'heads in one' ? 1 : config.nHead;
  const headDim = hiddenSize / nHead;
  cache.k.push(...rows.map((row) => times(layer.kProjWeight, row, mistake)));
  cache.v.push(...rows.map((row) => times(layer.vProjWeight, row, mistake)));
  const queries = rows.map((row) => times(layer.qProjWeight, row, mistake));
  const [keys, values] = mistake === 'k and v swapped' ? [cache.v, cache.k] : [cache.k, cache.v];
  const flipped = mistake === 'local layers global and global ones local';
  const local = (config.attentionKinds[i] === 'local') !== flipped && mistake !== 'window ignored';
  const wider = { 'window one too wide': 1, 'window one too narrow': -1 } as Record<string, number>;
  const window = local ? config.windowSize + (wider[mistake] ?? 0) : Infinity;

  return queries.map((query, t) => {
    const now = read + t;
    const out = new Array<number>(hiddenSize).fill(0);
    for (let head = 0; head < nHead; head++) {
      const columns = Array.from({ length: headDim }, (_, c) =>
        mistake === 'heads interleaved' ? c * nHead + head : head * headDim + c,
      );
      const scores = keys.map((key, j) => {
        if ((j > now && mistake !== 'future not hidden') || j <= now - window) return -Infinity;
        const [a, b] = mistake === 'q and k swapped' ? [cache.k[now]!, queries[j - read] ?? key] : [query, key];
        const product = columns.reduce((sum, c) => sum + a[c]! * b[c]!, 0);
        return mistake === 'scores scaled by 1/√headDim' ? product / Math.sqrt(headDim) : product;
      });
      const max = Math.max(...scores);
      const powers = scores.map((s) => Math.exp(s - max));
      const total = powers.reduce((sum, p) => sum + p, 0);
      for (const c of columns) out[c] = values.reduce((sum, value, j) => sum + (powers[j]! / total) * value[c]!, 0);
    }
    return out;
  });
}

function times(matrix: ArrayLike<number>, row: readonly number[], mistake: Mistake): number[] {
  const [dIn, dOut] = [row.length, matrix.length / row.length];
  return Array.from({ length: dOut }, (_, i) =>
    row.reduce((sum, x, j) => sum + matrix[mistake === 'matrices transposed' ? j * dOut + i : i * dIn + j]! * x, 0),
  );
}

function norm(
  { normEps }: GptNeoConfig,
  mistake: Mistake,
  row: readonly number[],
  [weight, bias]: readonly [ArrayLike<number>, ArrayLike<number> | undefined],
): number[] {
  const n = row.length;
  const mean = mistake === 'LayerNorm without its mean' ? 0 : row.reduce((sum, x) => sum + x, 0) / n;
  const squares = row.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const variance = squares / (mistake === 'LayerNorm with n − 1' ? n - 1 : n);
  const deviation =
    mistake === 'eps outside of the root' ? Math.sqrt(variance) + normEps : Math.sqrt(variance + normEps);
  return row.map((x, c) => ((x - mean) / deviation) * weight[c]! + (bias?.[c] ?? 0));
}

function gelu(x: number, mistake: Mistake): number {
  if (mistake === 'GELU left out') return x;
  if (mistake === 'GELU by erf') return geluByErf(x);
  return x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
