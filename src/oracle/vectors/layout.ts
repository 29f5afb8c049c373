/**
 * The two orders of axes: ours, time first, and upstream's (state-spaces/mamba): a batch of one, channels, then time.
 *
 *   ours      x (t, d)      B (t, g, n)       complex B (t, g, n, re_im)       convState (s, k, d)
 *   upstream  u (b, d, t)   B (b, g, n, t)    complex B (b, g, n, t, re_im)    convState (s, d, k)
 *
 * Blocks and models are (batch, t, i) upstream, and stay as they are.
 */
import type { Axes, VectorOperation } from './vector-case.ts';

export type Layout = 'ours' | 'upstream';

export const layouts: readonly Layout[] = ['ours', 'upstream'];

const turned: readonly VectorOperation[] = ['scan', 'selectiveScan', 'selectiveScanBackward', 'causalConv1d'];

export interface Arranged {
  readonly axes: Axes;
  readonly shape: readonly number[];
}

/** How a tensor of ours is stored. */
export function arrange({ axes, shape }: Arranged, operation: VectorOperation, layout: Layout): Arranged {
  const turns = layout === 'upstream' && turned.includes(operation);
  if (!turns) return { axes, shape };
  const order = storedOrder(axes);
  const batch = axes.includes('t');
  return {
    axes: [...(batch ? ['b'] : []), ...order.map((i) => axes[i]!)],
    shape: [...(batch ? [1] : []), ...order.map((i) => shape[i]!)],
  };
}

/** Which axis of ours comes where: time, or the taps of a state, behind the others, but before (re, im). */
function storedOrder(axes: Axes): number[] {
  const late = (axis: string) => (axis === 're_im' ? 2 : axis === 't' || axis === 'k' ? 1 : 0);
  return axes.map((_, i) => i).sort((i, j) => late(axes[i]!) - late(axes[j]!) || i - j);
}

/** Where each stored element lies in ours: `data_stored[j] = data_ours[places[j]]`. Undefined where nothing moves. */
export function storedPlaces(ours: Arranged, operation: VectorOperation, layout: Layout): Uint32Array | undefined {
  if (layout === 'ours' || !turned.includes(operation)) return undefined;
  const { axes, shape } = ours;
  const order = storedOrder(axes);
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, size) => product * size, 1));
  const count = shape.reduce((product, size) => product * size, 1);
  return Uint32Array.from({ length: count }, (_, j) => {
    let [rest, place] = [j, 0];
    for (const i of order.toReversed()) {
      place += (rest % shape[i]!) * strides[i]!;
      rest = Math.floor(rest / shape[i]!);
    }
    return place;
  });
}

type Numbers = Float32Array | Float64Array | Int32Array;

/** A tensor of ours as it is stored. */
export function toStored<T extends Numbers>(data: T, places: Uint32Array | undefined): T {
  if (places === undefined) return data;
  return data.map((_: unknown, j: number) => data[places[j]!] as never) as T;
}

/** A stored tensor as ours. */
export function fromStored<T extends Numbers>(stored: T, places: Uint32Array | undefined): T {
  if (places === undefined) return stored;
  const data = stored.slice() as T;
  places.forEach((place, j) => {
    data[place] = stored[j]!;
  });
  return data;
}
