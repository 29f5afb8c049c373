/**
 * The known mistakes of the convolution and the SiLU behind it.
 */
import { mistake } from './mistake.ts';

const convs = ['causalConv1d', 'block', 'model'] as const;
const convStated = ['causalConv1d', 'block'] as const;
const taps = 'sum += weight[d * dConv + k]! * history[(t + k) * dInner + d]!;';
const kept = 'convState.set(history.subarray(seqLen * dInner), s * (dConv - 1) * dInner);';
const conv = 'causal-conv1d.ts';
const block = 'mamba-block.ts';

export const convMistakes = {
  'the convolution shifted by one': mistake(convs, 'the last tap meets the current token', [conv, taps]),
  'the convolution flipped': mistake(convs, 'a cross-correlation: tap dConv − 1 meets the current token', [conv, taps]),
  'the convolution’s state newest first': mistake(convStated, 'the state is oldest first', [conv, kept]),
  'the convolution’s state ignored': mistake(convStated, 'before token 0 lies the state', [conv, taps]),
  'the convolution’s state not moved on': mistake(convStated, 'the state is the last dConv − 1 inputs', [conv, kept]),
  'the convolution’s state one token old': mistake(convStated, 'the state is the last dConv − 1 inputs', [conv, kept]),
  'the convolution sees the sequence before': mistake(['causalConv1d'], 'packed sequences do not see each other', [
    conv,
    'parts.forEach(({ history, start, seqLen }, s) => {\n    for (let t = 0; t < seqLen; t++) {\n      for (let d = 0; d < dInner; d++) {\n        let sum',
  ]),
  'the convolution’s bias left out': mistake(convs, 'y = Σ w·x + bias', [conv, 'y[(start + t) * dInner + d] = bias']),
  'bias after SiLU': mistake(convs, 'silu(Σ w·x + bias)', [block, 'const x = conv.y.map(silu);']),
  'SiLU twice': mistake(convs, 'silu(Σ w·x + bias), once', [block, 'const x = conv.y.map(silu);']),
  'SiLU after the convolution left out': mistake(convs, 'silu(Σ w·x + bias)', [block, 'const x = conv.y.map(silu);']),
};
