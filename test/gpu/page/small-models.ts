/**
 * Small models through the engine: what each sequence's logits are after each read. Runs in Node and in a page.
 */
import { memoryWeights } from '../../../src/checkpoint/weight-source.ts';
import type { MambaConfig, Weights } from '../../../src/reference/types.ts';
import { withEngine } from './engines.ts';
import type { Opening, Ran } from './open.ts';
import { openOnce } from './open.ts';

/** Tensors as JSON holds them. */
type PlainTensors = Readonly<Record<string, readonly number[]>>;

export interface SmallModel {
  readonly config: MambaConfig;
  /** {@link Weights} with plain arrays in the place of typed ones. */
  readonly weights: unknown;
  /** One list of ids a sequence, for every read. */
  readonly reads: readonly (readonly (readonly number[])[])[];
}

export interface SmallModelsCall {
  readonly open: Opening;
  readonly models: readonly SmallModel[];
}

export interface Read extends Ran {
  /** By model and sequence: the logits after the last id that it read, or nothing. */
  readonly logits: readonly (readonly (readonly number[] | null)[])[];
}

export async function readSmallModels({ open, models }: SmallModelsCall): Promise<Read> {
  const { backend, ran } = await openOnce(open);
  const logits: (readonly number[] | null)[][] = [];
  for (const { config, weights, reads } of models) {
    const sequences = reads[0]!.length;
    const source = memoryWeights(fromPlain(weights as PlainTensors) as unknown as Weights);
    const last: (readonly number[] | null)[] = Array.from({ length: sequences }, () => null);
    await withEngine(backend, config, source, sequences, async (engine) => {
      for (const lists of reads) {
        const rows = await engine.read(lists);
        for (const [s, row] of rows.entries()) if (row !== undefined) last[s] = Array.from(row);
      }
    });
    logits.push(last);
  }
  return { ...ran(), logits };
}

/** The layers' tensors are one deeper. */
function fromPlain(weights: PlainTensors): object {
  const entries = Object.entries(weights).map(([name, value]) => [
    name,
    name === 'layers'
      ? (value as unknown as PlainTensors[]).map(fromPlain)
      : Float64Array.from(value as readonly number[]),
  ]);
  return Object.fromEntries(entries) as object;
}
