/**
 * One layer on a device: its weights, its states, and the operations that run it. This is the fast twin of
 * src/reference/mamba-block.ts with the norm before it and the residual around it; it shares no numerics with it.
 */
import type { MambaConfig } from '../reference/types.ts';
import type { Backend, Cell, Matrix } from './backend.ts';
import { viewOf } from './backend.ts';

/** The weights of one layer. */
export interface DeviceLayer {
  readonly normWeight: Cell; // (dModel)
  readonly inProjWeight: Matrix; // (2·dInner, dModel)
  readonly inProjBias?: Cell; // (2·dInner)
  readonly conv1dWeight: Cell; // (dConv, dInner): transposed
  readonly conv1dBias?: Cell; // (dInner)
  readonly xProjWeight: Matrix; // (dtRank + 2·dState, dInner)
  readonly dtProjWeight: Matrix; // (dInner, dtRank)
  readonly dtProjBias: Cell; // (dInner)
  readonly A: Cell; // (dInner, dState): −exp(aLog)
  readonly D: Cell; // (dInner)
  readonly outProjWeight: Matrix; // (dModel, dInner)
  readonly outProjBias?: Cell; // (dModel)
}

/** What one layer remembers of every sequence. */
export interface DeviceLayerState {
  readonly convState: Cell; // (sequences, dConv − 1, dInner)
  readonly h: Cell; // (sequences, dInner, dState)
}

/** The activations of a chunk, written anew by every layer. */
export interface WorkCells {
  readonly residual: Cell; // (rows, dModel)
  readonly normed: Cell; // (rows, dModel)
  readonly xz: Cell; // (rows, 2·dInner)
  readonly x: Cell; // (rows, dInner)
  readonly projected: Cell; // (rows, dtRank + 2·dState): Δ | B | C
  readonly delta: Cell; // (rows, dInner)
  readonly y: Cell; // (rows, dInner)
}

/** Which rows belong to which sequence. */
export interface RowLayout {
  readonly rows: number;
  readonly sequences: number;
  readonly bounds: Cell; // u32 (sequences, 2)
}

export function workCells(backend: Backend, config: MambaConfig, rows: number): WorkCells {
  const { dModel, dInner, dState, dtRank } = config;
  return {
    residual: backend.floats('residual', rows * dModel),
    normed: backend.floats('normed', rows * dModel),
    xz: backend.floats('xz', rows * 2 * dInner),
    x: backend.floats('x', rows * dInner),
    projected: backend.floats('projected', rows * (dtRank + 2 * dState)),
    delta: backend.floats('delta', rows * dInner),
    y: backend.floats('y', rows * dInner),
  };
}

/**
 * Enqueues one layer over the residual stream.
 *
 *   residual ← residual + mambaBlock(rmsNorm(residual))
 */
export function enqueueLayer(
  backend: Backend,
  config: MambaConfig,
  layer: DeviceLayer,
  state: DeviceLayerState,
  work: WorkCells,
  layout: RowLayout,
): void {
  const { dModel, normEps } = config;
  const [normed, residual] = [viewOf(work.normed, dModel), viewOf(work.residual, dModel)];
  backend.rmsNorm({
    ...{ out: normed, x: residual, weight: layer.normWeight, rows: layout.rows },
    ...{ width: dModel, eps: normEps },
  });
  enqueueBlock(backend, config, layer, state, work, layout);
}

/**
 * Enqueues a block alone.
 *
 *   residual ← residual + mambaBlock(normed)
 *
 * x, z and Δ, B, C are columns of one matrix each; softplus, discretization, scan, skip and gate are one operation.
 */
export function enqueueBlock(
  backend: Backend,
  config: MambaConfig,
  layer: Omit<DeviceLayer, 'normWeight'>,
  state: DeviceLayerState,
  work: WorkCells,
  layout: RowLayout,
): void {
  const { dModel, dInner, dState, dConv, dtRank, mixerRmsEps } = config;
  const { rows } = layout;
  const width = dtRank + 2 * dState;
  const x = viewOf(work.x, dInner);
  const delta = viewOf(work.delta, dInner);
  const y = viewOf(work.y, dInner);
  const z = viewOf(work.xz, 2 * dInner, dInner);
  const deltaLow = viewOf(work.projected, width);
  const B = viewOf(work.projected, width, dtRank);
  const C = viewOf(work.projected, width, dtRank + dState);

  // x and z, the two halves of one projection.
  const normed = viewOf(work.normed, dModel);
  const xz = viewOf(work.xz, 2 * dInner);
  backend.linear({ out: xz, x: normed, weight: layer.inProjWeight, bias: layer.inProjBias, rows });

  // The short convolution, then SiLU.
  const conv = { weight: layer.conv1dWeight, bias: layer.conv1dBias, state: state.convState, dInner, dConv };
  backend.causalConv1d({ out: x, x: xz, ...conv, ...layout });

  // The selection: Δ, B and C from x. Falcon-Mamba normalises each.
  backend.linear({ out: viewOf(work.projected, width), x, weight: layer.xProjWeight, rows });
  if (mixerRmsEps !== undefined) {
    for (const [view, columns] of [[deltaLow, dtRank] as const, [B, dState] as const, [C, dState] as const]) {
      backend.rmsNorm({ out: view, x: view, rows, width: columns, eps: mixerRmsEps });
    }
  }
  backend.linear({ out: delta, x: deltaLow, weight: layer.dtProjWeight, rows });

  // The scan, with skip connection and gate; back into the residual stream.
  backend.selectiveScan({
    ...{ out: y, x, delta, A: layer.A, B, C, D: layer.D, z, deltaBias: layer.dtProjBias, h: state.h },
    ...{ dInner, dState, groups: 1, softplus: true, discretization: config.discretization ?? 'mamba' },
    ...layout,
  });
  const residual = viewOf(work.residual, dModel);
  backend.linear({ out: residual, x: y, weight: layer.outProjWeight, bias: layer.outProjBias, add: true, rows });
}
