/**
 * A look at the intermediates of a layer on its device, under the names that the reference's trace gives them.
 */
import type { MambaConfig } from '../reference/types.ts';
import type { Backend } from './backend.ts';
import type { WorkCells } from './layer.ts';

/** Called with a name such as `layers.3.delta`, a shape, and a copy of the numbers. */
export type TensorVisitor = (name: string, shape: readonly number[], data: Float32Array) => void;

/** Reads back what the layer has left in the work cells. */
export async function visitLayer(
  { backend, work }: { readonly backend: Backend; readonly work: WorkCells },
  config: MambaConfig,
  { layer, rows }: { readonly layer: number; readonly rows: number },
  visit: TensorVisitor,
): Promise<void> {
  const { dModel, dInner, dState, dtRank } = config;
  const see = (name: string, width: number, data: Float32Array) =>
    visit(`layers.${layer}.${name}`, [rows, width], data);
  const projected = await backend.read(work.projected, 0, rows * (dtRank + 2 * dState));
  const columns = (from: number, to: number) =>
    Float32Array.from({ length: rows * (to - from) }, (_, i) => {
      const t = Math.floor(i / (to - from));
      return projected[t * (dtRank + 2 * dState) + from + (i % (to - from))]!;
    });
  see('norm', dModel, await backend.read(work.normed, 0, rows * dModel));
  see('xz', 2 * dInner, await backend.read(work.xz, 0, rows * 2 * dInner));
  see('x', dInner, await backend.read(work.x, 0, rows * dInner));
  see('deltaLow', dtRank, columns(0, dtRank));
  see('B', dState, columns(dtRank, dtRank + dState));
  see('C', dState, columns(dtRank + dState, dtRank + 2 * dState));
  see('delta', dInner, await backend.read(work.delta, 0, rows * dInner));
  see('y', dInner, await backend.read(work.y, 0, rows * dInner));
  see('residual', dModel, await backend.read(work.residual, 0, rows * dModel));
}
