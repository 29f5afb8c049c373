/**
 * The known mistakes of the block and of the model around it.
 */
import { mistake } from './mistake.ts';

const blocks = ['block', 'model'] as const;
const block = 'mamba-block.ts';
const model = 'mamba-model.ts';

export const blockMistakes = {
  'x and z swapped': mistake(blocks, 'x is the first half of inProj, z the second', [
    block,
    'x: columns(xz, 2 * dInner, 0, dInner),',
  ]),
  'Δ, B, C split as Δ, C, B': mistake(blocks, 'the rows of xProj are Δ, B, C', [
    block,
    'B: columns(projected, width, dtRank, dtRank + dState),',
  ]),
  'Δ, B, C split as B, C, Δ': mistake(blocks, 'the rows of xProj are Δ, B, C', [
    block,
    'deltaLow: columns(projected, width, 0, dtRank),',
  ]),
  'A_log taken for −A': mistake(blocks, 'A = −exp(A_log)', [block, 'A[i] = -Math.exp(aLog[i]!);']),
  'norms of Δ, B and C left out': mistake(blocks, 'Falcon-Mamba normalises Δ, B and C', [
    block,
    'return rmsNorm({ rows, width: data.length / rows, eps: mixerRmsEps }, data);',
  ]),
  'another eps in the norms of Δ, B and C': mistake(blocks, 'v/√(mean v² + mixerRmsEps)', [
    block,
    'return rmsNorm({ rows, width: data.length / rows, eps: mixerRmsEps }, data);',
  ]),
  'another eps in the norms around the blocks': mistake(['model'], 'v/√(mean v² + normEps)', [
    model,
    'const normed = rmsNorm(normDims(config, rows), residual, layer.normWeight);',
  ]),
  'residual left out': mistake(['model'], 'r = r + block(norm(r))', [
    model,
    'residual = residual.map((r, j) => r + next.out[j]!);',
  ]),
  'residual added twice': mistake(['model'], 'r = r + block(norm(r)), each once', [
    model,
    'residual = residual.map((r, j) => r + next.out[j]!);',
  ]),
  'norm before the block left out': mistake(['model'], 'r = r + block(norm(r))', [
    model,
    'const normed = rmsNorm(normDims(config, rows), residual, layer.normWeight);',
  ]),
  'last norm left out': mistake(['model'], 'logits = head·norm(r)', [
    model,
    'const hidden = rmsNorm(normDims(config, rows), residual, weights.normFWeight);',
  ]),
  'tied head transposed': mistake(['model'], 'a tied head is the embedding, a row a token', [
    model,
    'if (config.tieWordEmbeddings) return weights.embeddingWeight;',
  ]),
  'embedding for a head of its own': mistake(['model'], 'an untied head has weights of its own', [
    model,
    'if (config.tieWordEmbeddings) return weights.embeddingWeight;',
  ]),
};
