/**
 * The operations of assembly/: opcode and the arguments in the order of the kernel's record. `NAME:f32` is a float, all
 * others are pointers, sizes, strides or flags.
 */
const linear = 'out outStride x xStride weight bias add rows dIn dOut xScale';
const embed = 'out outStride ids weight rows dModel add';
const pack = 'dst src rows dIn';
const scan =
  'out outStride x xStride delta deltaStride A B bStride C cStride D z zStride deltaBias h bounds sequences dInner dState groups flags';
const backward =
  'x delta A B C D z deltaBias h0 dY dHLast gradients states statesStride bounds sequences dInner dState groups flags chunk block';
const attention =
  'out outStride q qStride k kStride v vStride keys values starts bounds sequences nHead headDim capacity window rows block scores';
const affineScan = 'a b h work n channels';

const table = {
  linearF32: [1, linear],
  linearBf16: [2, linear],
  linearF16: [3, linear],
  linearQ8: [4, linear],
  quantizeRows: [5, 'xq xScale x xStride rows dIn'],
  embedF32: [6, embed],
  embedBf16: [7, embed],
  embedF16: [8, embed],
  embedQ8: [9, embed],
  packBf16: [10, pack],
  packF16: [11, pack],
  packQ8: [12, pack],
  rmsNorm: [20, 'out outStride x xStride weight width eps:f32'],
  causalConv1d: [21, 'out outStride x xStride weight bias state bounds sequences dInner dConv silu'],
  selectiveScan: [22, scan],
  selectiveScanUnfused: [23, `${scan} aBar bX pass`],
  selectiveScanBackward: [24, backward],
  crossEntropy: [25, 'out logits stride targets vocabSize'],
  argmax: [26, 'out x stride width'],
  layerNorm: [30, 'out outStride x xStride weight bias width eps:f32'],
  gelu: [31, 'out outStride x xStride width'],
  storeKeys: [32, attention],
  flashAttention: [33, attention],
  attentionScores: [34, attention],
  attentionSoftmax: [35, attention],
  attentionSums: [36, attention],
  exp: [40, 'out x'],
  softplus: [41, 'out x'],
  silu: [42, 'out x'],
  sigmoid: [43, 'out x'],
  copyWords: [28, 'dst src length'],
  copyRows: [27, 'out outStride x xStride index width'],
  sumParts: [29, 'out parts count width'],
  scanSequentialF32: [50, affineScan],
  scanSequentialF64: [51, affineScan],
  scanBlellochF32: [52, affineScan],
  scanBlellochF64: [53, affineScan],
  discretize: [54, 'rule delta A B aBar bBar'],
} as const satisfies Record<string, readonly [opcode: number, fields: string]>;

export type OperationName = keyof typeof table;

export interface OperationLayout {
  readonly opcode: number;
  readonly fields: readonly { readonly field: string; readonly float: boolean }[];
}

export const operations = Object.fromEntries(
  Object.entries(table).map(([name, [opcode, fields]]) => [name, { opcode, fields: fields.split(' ').map(parse) }]),
) as unknown as Record<OperationName, OperationLayout>;

function parse(text: string): { field: string; float: boolean } {
  const [field, kind] = text.split(':') as [string, string?];
  return { field, float: kind === 'f32' };
}
