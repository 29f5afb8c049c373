/**
 * What a model will take, in one line, before it is loaded.
 */
import type { LoadEstimate } from '../engine/load-estimate.ts';
import { weightDtypes } from '../engine/resident-bytes.ts';

/** `2,768,345,600 parameters: f32 11.3 GB, bf16 5.8 GB, f16 5.8 GB, q8_0 3.4 GB; 8.1 GB free; loading as q8_0` */
export function estimateText(name: string, estimate: LoadEstimate): string {
  const { parameters, bytes, freeBytes, dtype, memories } = estimate;
  const size = (value: number) => (value < 1e9 ? `${Math.ceil(value / 1e6)} MB` : `${(value / 1e9).toFixed(1)} GB`);
  const sizes = weightDtypes.map(
    (each) => `${each} ${size(bytes[each])}${bytes[each] > freeBytes ? ' (too large)' : ''}`,
  );
  const split = memories > 1 ? ` over ${memories} memories` : '';
  const needs = `${name}: ${parameters.toLocaleString('en')} parameters: ${sizes.join(', ')}`;
  return `${needs}; ${size(freeBytes)} free; loading as ${dtype}${split}`;
}
