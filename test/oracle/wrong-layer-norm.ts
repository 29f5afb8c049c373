/**
 * What is in a GPT-Neo and in no Mamba, but for its attention, written to be broken.
 */
import type { Result } from '../../src/oracle/operation.ts';
import type { Problems } from '../../src/oracle/operations.ts';
import { roundWeights } from '../../src/oracle/rounding.ts';
import type { Mistake } from './mistakes.ts';

export function wrongLayerNorm(problem: Problems['layerNorm'], mistake: Mistake): Result {
  const { rows, width, eps, x, weight, bias } = problem;
  const out = Array.from({ length: rows * width }, (_, index) => {
    const [t, i] = [Math.floor(index / width), index % width];
    const row = Array.from(x.subarray(t * width, (t + 1) * width));
    const mean = mistake === 'mean not taken off' ? 0 : row.reduce((sum, v) => sum + v, 0) / width;
    const squares = row.reduce((sum, v) => sum + (v - mean) ** 2, 0);
    const variance = squares / (mistake === 'variance by n − 1' && width > 1 ? width - 1 : width);
    const root = mistake === 'eps beside the deviation' ? Math.sqrt(variance) + eps : Math.sqrt(variance + eps);
    return ((row[i]! - mean) / root) * weight[i]! + (mistake === 'bias of layerNorm left out' ? 0 : bias[i]!);
  });
  return { out };
}

export function wrongGelu({ x }: Problems['gelu'], mistake: Mistake): Result {
  return {
    out: Array.from(x, (v) => (mistake === 'gelu by σ(1.702x)' ? v / (1 + Math.exp(-1.702 * v)) : gelu(v, mistake))),
  };
}

function gelu(x: number, mistake: Mistake): number {
  const cubic = mistake === 'gelu without its cube' ? 0 : 0.044715;
  return x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + cubic * x ** 3)));
}

export function wrongEmbedAdd({ dModel, ids, weight, dtype, old }: Problems['embedAdd'], mistake: Mistake): Result {
  const table = roundWeights(weight, dtype);
  const out = Array.from(old, (v, i) => {
    const row = table[ids[Math.floor(i / dModel)]! * dModel + (i % dModel)]!;
    return mistake === 'position in the token’s place' ? row : v + row;
  });
  return { out };
}
