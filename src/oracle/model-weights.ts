/**
 * Weights of a whole model for the oracle: random ones of which none is idle, and what a device makes of them.
 */
import type { TensorSlot, WeightSource } from '../checkpoint/index.ts';
import { rowsOf, tensorTable } from '../checkpoint/index.ts';
import type { WeightDtype } from '../engine/backend.ts';
import { randomWeights } from '../engine/random-weights.ts';
import { dtypeOf } from '../engine/resident-bytes.ts';
import { softplusInverse } from '../reference/softplus.ts';
import type { Floats, MambaConfig, Weights } from '../reference/types.ts';
import { Random } from './random.ts';
import { roundWeights } from './rounding.ts';

/**
 * {@link randomWeights} whose zeros and ones are spread, so that a bias or a norm forgotten is seen, and whose scan has a
 * say in the result: Δ log-uniform in [0.01, 1], B and C larger.
 */
export function livelyWeights(config: MambaConfig, seed: number): Promise<Weights> {
  const random = new Random(seed);
  const source = randomWeights(config, seed);
  return collect(config, async (slot) => (await wholeOf(source, slot)).map((value) => spread(slot, value, random)));
}

/** The weights in float64 as an engine of this dtype holds them. */
export function heldWeights(config: MambaConfig, source: WeightSource, dtype: WeightDtype): Promise<Weights> {
  return collect(config, async (slot) => roundWeights(await wholeOf(source, slot), dtypeOf(slot, dtype)));
}

function spread({ field }: TensorSlot, value: number, random: Random): number {
  const uniform = () => (2 * (random.word() + 0.5)) / 2 ** 32 - 1; // in (−1, 1)
  switch (field) {
    case 'D':
    case 'normWeight':
    case 'normFWeight':
      return 1 + uniform() / 2;
    case 'inProjBias':
    case 'outProjBias':
    case 'conv1dBias':
      return uniform() / 4;
    case 'aLog':
      return value + uniform() / 2;
    case 'dtProjBias':
      return softplusInverse(10 ** (uniform() - 1));
    case 'xProjWeight':
      return 4 * value;
    default:
      return value;
  }
}

function wholeOf(source: WeightSource, slot: TensorSlot): Promise<Float32Array> {
  return source.read(slot, 0, rowsOf(slot).rows);
}

async function collect(config: MambaConfig, read: (slot: TensorSlot) => Promise<Floats>): Promise<Weights> {
  const model: Record<string, Floats> = {};
  const layers = Array.from({ length: config.nLayer }, (): Record<string, Floats> => ({}));
  for (const slot of tensorTable(config)) {
    const place = slot.layer === undefined ? model : layers[slot.layer]!;
    place[slot.field] = await read(slot);
  }
  return { ...model, layers } as unknown as Weights; // the table has an entry for every field
}
