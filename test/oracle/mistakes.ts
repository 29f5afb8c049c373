/**
 * The planted mistakes: what other implementations really got wrong, or a kernel may.
 */
import type { OperationName } from '../../src/oracle/operations.ts';

/** Each mistake and the operation that makes it. */
export const mistakes = {
  'last n mod 4 of a dot product ignored': 'linear',
  'bias of linear left out': 'linear',
  'old value overwritten': 'linear',
  'weights of bf16 truncated': 'linear',
  'weight transposed': 'linear',
  'id off by one': 'embed',
  'eps outside the root': 'rmsNorm',
  'sum of squares instead of their mean': 'rmsNorm',
  'norm over the row with its tail dropped': 'rmsNorm',
  'convolution shifted by one': 'causalConv1d',
  'convolution flipped': 'causalConv1d',
  'convolution sees the sequence before': 'causalConv1d',
  'conv state not moved on': 'causalConv1d',
  'conv bias after SiLU': 'causalConv1d',
  'bias after softplus': 'selectiveScan',
  'softplus by log(1 + exp)': 'selectiveScan',
  'gate before D': 'selectiveScan',
  'gate by sigmoid': 'selectiveScan',
  'ZOH for B': 'selectiveScan',
  'Euler for A': 'selectiveScan',
  'tiled groups': 'selectiveScan',
  'C reads the old state': 'selectiveScan',
  'state not updated': 'selectiveScan',
  'state not reset between sequences': 'selectiveScan',
  'initial state ignored': 'selectiveScan',
  'last n mod 4 of the states ignored': 'selectiveScan',
  'last tokens mod 4 ignored': 'selectiveScan',
  'A negated': 'selectiveScan',
  'state of an empty sequence cleared': 'selectiveScan',
  'exp by 2 ulp too large': 'selectiveScan',
  'no maximum taken off': 'crossEntropy',
  'maximum not added again': 'crossEntropy',
  'target off by one': 'crossEntropy',
  'the last among equals': 'argmax',
  'NaN skipped': 'argmax',
  'index ignored': 'copyRows',
  'exp by a cut-off power': 'exp',
  'softplus loses small inputs': 'softplus',
  'silu without its x': 'silu',
  'sigmoid of −x': 'sigmoid',
} as const satisfies Record<string, OperationName>;

export type Mistake = keyof typeof mistakes | 'none';
