/**
 * Where an engine's weights come from, a few rows at a time: a file, or numbers made up on the way. Nobody ever holds a
 * whole model twice.
 */
import type { GptNeoConfig, GptNeoWeights } from '../reference/gpt-neo-types.ts';
import type { Floats, MambaConfig, Weights } from '../reference/types.ts';
import type { TensorPlan } from './assign-tensors.ts';
import { assignTensors, expectTiedHead } from './assign-tensors.ts';
import { expectDecay, logOfDecayInPlace } from './decay.ts';
import { fingerprintOf } from './fingerprint.ts';
import { readFloatRange } from './read-tensor.ts';
import type { TensorFile } from './tensor-file.ts';
import { holdsDecay, mambaPlan } from './tensor-table.ts';
import { gptNeoPlan } from './tensor-table-gpt-neo.ts';

/** A weight of either kind of model: a field of the model's, or of layer i's. */
export interface WeightPlace {
  readonly shape: readonly number[];
  readonly field: string;
  readonly layer?: number;
}

export interface WeightSource {
  /** Tells these weights from others of the same config, see {@link fingerprintOf}; absent where nobody has asked. */
  readonly fingerprint?: string | undefined;
  /**
   * Rows from … to − 1 of a weight, (to − from, the product of the other sizes): fresh numbers, the caller's own.
   * Rounding: to float32 where the source has more.
   */
  read(slot: WeightPlace, from: number, to: number): Promise<Float32Array>;
  /**
   * The same of A = −exp(aLog), for the slot of aLog: there where the source holds A, whose logarithm in float32 would
   * not give it back.
   */
  readA?(slot: WeightPlace, from: number, to: number): Promise<Float32Array>;
}

/** Rows of a weight, and numbers in one of them; a vector is one row. */
export function rowsOf({ shape }: Pick<WeightPlace, 'shape'>): { readonly rows: number; readonly width: number } {
  const [rows, ...rest] = shape.length === 1 ? [1, ...shape] : shape;
  return { rows: rows!, width: rest.reduce((product, size) => product * size, 1) };
}

/**
 * The weights in a file, or in the files of one model. Names and shapes are checked here, all of them.
 * @throws CheckpointError (as a rejection) when a tensor is missing, is not expected, has another shape or no floats,
 * or when a head that should be tied differs from the embedding
 */
export async function fileWeights(
  file: TensorFile,
  config: MambaConfig | GptNeoConfig,
  prefix = '',
): Promise<WeightSource> {
  const plan: TensorPlan<WeightPlace> =
    'nHead' in config ? gptNeoPlan(file, config, prefix) : mambaPlan(config, file.dialect);
  const { assignments, tiedHead } = assignTensors(file, plan, prefix);
  if (tiedHead !== undefined) await expectTiedHead(tiedHead, assignments[0]!.info);
  const infos = new Map(assignments.map((assignment) => [keyOf(assignment.slot), assignment.info]));

  async function readInto<T extends Floats>(out: T, slot: WeightPlace, from: number): Promise<T> {
    await readFloatRange(out, infos.get(keyOf(slot))!, from * rowsOf(slot).width);
    return out;
  }
  const numbers = (slot: WeightPlace, from: number, to: number) => (to - from) * rowsOf(slot).width;
  const stored: WeightSource['read'] = (slot, from, to) =>
    readInto(new Float32Array(numbers(slot, from, to)), slot, from);
  return {
    fingerprint: await fingerprintOf(assignments),
    async read(slot, from, to) {
      if (!holdsDecay(file, slot)) return stored(slot, from, to);
      const A = await readInto(new Float64Array(numbers(slot, from, to)), slot, from);
      logOfDecayInPlace(A, infos.get(keyOf(slot))!);
      return Float32Array.from(A);
    },
    ...(file.dialect === 'gguf' && {
      async readA(slot: WeightPlace, from: number, to: number) {
        const A = await stored(slot, from, to);
        expectDecay(A, infos.get(keyOf(slot))!);
        return A;
      },
    }),
  };
}

/** Weights that are in memory already, the reference's own say. */
export function memoryWeights(weights: Weights | GptNeoWeights): WeightSource {
  return {
    async read(slot, from, to) {
      const { width } = rowsOf(slot);
      const holder = slot.layer === undefined ? weights : weights.layers[slot.layer]!;
      const numbers = (holder as unknown as Record<string, Floats>)[slot.field]!;
      return Float32Array.from(numbers.subarray(from * width, to * width));
    },
  };
}

function keyOf({ field, layer }: WeightPlace): string {
  return `${layer ?? 'model'}.${field}`;
}
