/**
 * One sequence's keys and values of a layer, from their cells and into them; layout: cache-layout.ts.
 */
import type { GptNeoLayerState } from '../reference/gpt-neo-types.ts';
import type { Backend } from './backend.ts';
import type { CacheSizes } from './cache-layout.ts';
import { keyPlace, keysLength, valuePlace, valuesLength } from './cache-layout.ts';
import type { GptNeoCache } from './gpt-neo-layer.ts';

export interface CachePlace {
  readonly sequence: number;
  /** Tokens that the sequence has read. */
  readonly position: number;
}

/** k and v (position, nHead·headDim), as values. */
export async function readCache(
  backend: Backend,
  { keys, values }: GptNeoCache,
  sizes: CacheSizes,
  { sequence, position }: CachePlace,
): Promise<GptNeoLayerState> {
  const [keysOne, valuesOne] = [keysLength(sizes), valuesLength(sizes)];
  const cachedKeys = await backend.read(keys, sequence * keysOne, keysOne);
  const cachedValues = await backend.read(values, sequence * valuesOne, valuesOne);
  const width = sizes.nHead * sizes.headDim;
  const k = new Float64Array(position * width);
  const v = new Float64Array(position * width);
  forEachPlace(sizes, position, (i, key, value) => {
    k[i] = cachedKeys[key]!;
    v[i] = cachedValues[value]!;
  });
  return { k, v };
}

/** Rounding: to float32, exact for what {@link readCache} gave. */
export function writeCache(
  backend: Backend,
  { keys, values }: GptNeoCache,
  sizes: CacheSizes,
  { sequence, position }: CachePlace,
  { k, v }: GptNeoLayerState,
): void {
  const cachedKeys = new Float32Array(keysLength(sizes));
  const cachedValues = new Float32Array(valuesLength(sizes));
  forEachPlace(sizes, position, (i, key, value) => {
    cachedKeys[key] = k[i]!;
    cachedValues[value] = v[i]!;
  });
  backend.write(keys, cachedKeys, sequence * cachedKeys.length);
  backend.write(values, cachedValues, sequence * cachedValues.length);
}

/** Every number i of (position, nHead, headDim), and where it lies among the keys and among the values. */
function forEachPlace(
  sizes: CacheSizes,
  positions: number,
  visit: (i: number, key: number, value: number) => void,
): void {
  const { nHead, headDim } = sizes;
  for (let position = 0; position < positions; position++) {
    for (let h = 0; h < nHead; h++) {
      for (let d = 0; d < headDim; d++) {
        const i = (position * nHead + h) * headDim + d;
        visit(i, keyPlace(sizes, h, position, d), valuePlace(sizes, h, position, d));
      }
    }
  }
}
