/**
 * What a sequence makes a model remember, against its length: a Mamba's state stays, a Transformer's cache grows.
 */
import type { Chart } from './charts.ts';
import { mostTokens } from './model-shape.ts';
import { memoryBytes } from './running-bytes.ts';
import type { SweepModel } from './sweep.ts';

/** Lengths in the picture. */
const lengths: readonly number[] = [16, 64, 256, 512, 1024, 2048, 4096];

/** From the configs, in float32. */
export function rememberedChart(models: readonly SweepModel[]): Chart {
  const series = models.map(({ name, shape }) => {
    const fits = lengths.filter((tokens) => tokens <= mostTokens(shape));
    const beyond = lengths.filter((tokens) => tokens > mostTokens(shape));
    return {
      name,
      points: fits.map((tokens) => ({ x: tokens, y: memoryBytes(shape, tokens) / 1e6 })),
      ends: beyond.map((tokens) => ({ x: tokens, why: 'out of context' })),
    };
  });
  return {
    file: 'remembered',
    title: 'State and KV cache of one sequence',
    x: { label: 'tokens in the sequence', scale: 'log' },
    y: { label: 'MB', scale: 'log' },
    series,
    note: 'from the configs: state and keys and values in float32',
  };
}
