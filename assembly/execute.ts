/**
 * From an opcode to its kernel. The numbers are mirrored in src/wasm/operations.ts.
 */
import { ScanArgs } from './affine';
import { argmax, ArgmaxArgs } from './argmax';
import { AttentionArgs } from './attention-args';
import { attentionScores, attentionSoftmax, attentionSums } from './attention-eager';
import { flashAttention } from './attention-flash';
import { causalConv1d, CausalConv1dArgs } from './causal-conv1d';
import { copyRows, CopyRowsArgs } from './copy-rows';
import { copyWords, CopyWordsArgs } from './copy-words';
import { crossEntropy, CrossEntropyArgs } from './cross-entropy';
import { discretize, DiscretizeArgs } from './discretize';
import { ElementwiseArgs, expOf, sigmoidOf, siluOf, softplusOf } from './elementwise';
import { EmbedArgs, embedBf16, embedF16, embedF32, embedQ8 } from './embed';
import { gelu, GeluArgs } from './gelu';
import { layerNorm, LayerNormArgs } from './layer-norm';
import { LinearArgs } from './linear';
import { linearF32 } from './linear-f32';
import { linearBf16, linearF16 } from './linear-half';
import { linearQ8 } from './linear-q8';
import { argumentsOf, Operation } from './operation';
import { PackArgs, packBf16, packF16 } from './pack-half';
import { packQ8 } from './pack-q8';
import { rmsNorm, RmsNormArgs } from './rms-norm';
import { scanBlelloch } from './scan-blelloch';
import { scanSequential } from './scan-sequential';
import { selectiveScan, SelectiveScanArgs } from './selective-scan';
import { selectiveScanBackward, SelectiveScanBackwardArgs } from './selective-scan-backward';
import { selectiveScanUnfused, SelectiveScanUnfusedArgs } from './selective-scan-unfused';
import { storeKeys } from './store-keys';
import { sumParts, SumPartsArgs } from './sum-parts';
import { QuantizeArgs, quantizeRows } from './quantize';

/** Units [from, to) of one operation. `scratch` belongs to the calling thread. */
export function execute(operation: Operation, from: i32, to: i32, scratch: usize): void {
  switch (operation.opcode) {
    case 1:
      return linearF32(argumentsOf<LinearArgs>(operation), from, to, scratch);
    case 2:
      return linearBf16(argumentsOf<LinearArgs>(operation), from, to, scratch);
    case 3:
      return linearF16(argumentsOf<LinearArgs>(operation), from, to, scratch);
    case 4:
      return linearQ8(argumentsOf<LinearArgs>(operation), from, to, scratch);
    case 5:
      return quantizeRows(argumentsOf<QuantizeArgs>(operation), from, to, scratch);
    case 6:
      return embedF32(argumentsOf<EmbedArgs>(operation), from, to, scratch);
    case 7:
      return embedBf16(argumentsOf<EmbedArgs>(operation), from, to, scratch);
    case 8:
      return embedF16(argumentsOf<EmbedArgs>(operation), from, to, scratch);
    case 9:
      return embedQ8(argumentsOf<EmbedArgs>(operation), from, to, scratch);
    case 10:
      return packBf16(argumentsOf<PackArgs>(operation), from, to, scratch);
    case 11:
      return packF16(argumentsOf<PackArgs>(operation), from, to, scratch);
    case 12:
      return packQ8(argumentsOf<PackArgs>(operation), from, to, scratch);
    case 20:
      return rmsNorm(argumentsOf<RmsNormArgs>(operation), from, to);
    case 21:
      return causalConv1d(argumentsOf<CausalConv1dArgs>(operation), from, to);
    case 22:
      return selectiveScan(argumentsOf<SelectiveScanArgs>(operation), from, to, scratch);
    case 23:
      return selectiveScanUnfused(argumentsOf<SelectiveScanUnfusedArgs>(operation), from, to, scratch);
    case 24:
      return selectiveScanBackward(argumentsOf<SelectiveScanBackwardArgs>(operation), from, to);
    case 25:
      return crossEntropy(argumentsOf<CrossEntropyArgs>(operation), from, to);
    case 26:
      return argmax(argumentsOf<ArgmaxArgs>(operation), from, to);
    case 27:
      return copyRows(argumentsOf<CopyRowsArgs>(operation), from, to);
    case 28:
      return copyWords(argumentsOf<CopyWordsArgs>(operation));
    case 29:
      return sumParts(argumentsOf<SumPartsArgs>(operation), from, to);
    case 30:
      return layerNorm(argumentsOf<LayerNormArgs>(operation), from, to);
    case 31:
      return gelu(argumentsOf<GeluArgs>(operation), from, to);
    case 32:
      return storeKeys(argumentsOf<AttentionArgs>(operation), from, to);
    case 33:
      return flashAttention(argumentsOf<AttentionArgs>(operation), from, to, scratch);
    case 34:
      return attentionScores(argumentsOf<AttentionArgs>(operation), from, to, scratch);
    case 35:
      return attentionSoftmax(argumentsOf<AttentionArgs>(operation), from, to);
    case 36:
      return attentionSums(argumentsOf<AttentionArgs>(operation), from, to, scratch);
    case 40:
      return expOf(argumentsOf<ElementwiseArgs>(operation), from, to);
    case 41:
      return softplusOf(argumentsOf<ElementwiseArgs>(operation), from, to);
    case 42:
      return siluOf(argumentsOf<ElementwiseArgs>(operation), from, to);
    case 43:
      return sigmoidOf(argumentsOf<ElementwiseArgs>(operation), from, to);
    case 50:
      return scanSequential<f32>(argumentsOf<ScanArgs>(operation), from, to);
    case 51:
      return scanSequential<f64>(argumentsOf<ScanArgs>(operation), from, to);
    case 52:
      return scanBlelloch<f32>(argumentsOf<ScanArgs>(operation), from, to);
    case 53:
      return scanBlelloch<f64>(argumentsOf<ScanArgs>(operation), from, to);
    case 54:
      return discretize(argumentsOf<DiscretizeArgs>(operation), from, to);
    default:
      unreachable();
  }
}
