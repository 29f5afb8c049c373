/**
 * stepLayer and stepHead by the operations that they stand for.
 */
import type { Backend, StepHeadOperands, StepLayerOperands } from '../../src/engine/backend.ts';
import { viewOf } from '../../src/engine/backend.ts';
import type { DeviceLayer } from '../../src/engine/layer.ts';
import { enqueueLayer, workCells } from '../../src/engine/layer.ts';

export function fusedLayer(backend: Backend, operands: StepLayerOperands): void {
  const { residual, sequences, dModel, dInner, dState, dConv, dtRank, eps, discretization, convState, h } = operands;
  const config = {
    ...{ dModel, dInner, dState, dConv, dtRank, discretization, normEps: eps, vocabSize: 1, nLayer: 1 },
    ...{ useBias: false, useConvBias: operands.conv1dBias !== undefined, tieWordEmbeddings: true },
  };
  const cells = workCells(backend, config, sequences);
  const bounds = backend.integers('bounds', 2 * sequences);
  backend.write(
    bounds,
    Uint32Array.from({ length: 2 * sequences }, (_, i) => (i + 1) >> 1),
  );
  const layout = { rows: sequences, sequences, bounds };
  enqueueLayer(backend, config, operands as DeviceLayer, { convState, h }, { ...cells, residual }, layout);
  for (const cell of [...Object.values(cells), bounds]) backend.free(cell);
}

export function fusedHead(backend: Backend, operands: StepHeadOperands): void {
  const { out, residual, normWeight, weight, sequences: rows, eps } = operands;
  const width = weight.columns;
  const hidden = backend.floats('hidden', rows * width);
  backend.rmsNorm({ out: viewOf(hidden, width), x: viewOf(residual, width), weight: normWeight, rows, width, eps });
  backend.linear({ out: viewOf(out, weight.rows), x: viewOf(hidden, width), weight, rows });
  backend.free(hidden);
}
