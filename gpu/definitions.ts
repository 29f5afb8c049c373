/**
 * Every kernel with its parameters: what a backend runs, and what the compile checks go through.
 */
import { defineKernel } from './kernel-definition.ts';
import {
  candidateMassKernel,
  drawOfSortedKernel,
  mergedListsKernel,
  rankInBlockKernel,
  sortedBlockKernel,
  standsBefore,
} from './kernels/candidates.kernel.ts';
import { causalConv1dKernel, convStateKernel } from './kernels/causal-conv1d.kernel.ts';
import { aBarKernel, bBarKernel } from './kernels/discretize.kernel.ts';
import {
  blockGumbelBeforeKernel,
  blockGumbelKernel,
  drawnKernel,
  groupSumKernel,
  gumbelKernel,
  keptMarginKernel,
} from './kernels/draw.kernel.ts';
import {
  expKernel,
  reciprocalKernel,
  sigmoidKernel,
  siluKernel,
  softplusKernel,
} from './kernels/elementwise.kernel.ts';
import { log1pOf, phiOf, sigmoidOf, siluOf, softplusOf } from './kernels/functions.kernel.ts';
import { embedKernel, linearKernel, linearPartialKernel, linearReduceKernel } from './kernels/linear.kernel.ts';
import {
  embedQ8Kernel,
  highOf,
  linearQ8Kernel,
  linearQ8PartialKernel,
  lowOf,
  middleOf,
  normedPartialQ8Kernel,
} from './kernels/linear-q8.kernel.ts';
import { argmaxKernel, blockArgmaxKernel, blockExpSumKernel, crossEntropyKernel } from './kernels/logits.kernel.ts';
import {
  besideKernel,
  copyKernel,
  copyMatrixKernel,
  copyRowsKernel,
  inverseRmsKernel,
  mergeColumnsKernel,
  patchKernel,
  rmsNormKernel,
  scaleRowsKernel,
} from './kernels/rows.kernel.ts';
import {
  chunkBeforeKernel,
  chunkedStatesKernel,
  chunkFactorKernel,
  chunkTotalKernel,
  scanSequentialKernel,
} from './kernels/scan.kernel.ts';
import { downSweepKernel, scanLeavesKernel, scanStatesKernel, upSweepKernel } from './kernels/scan-blelloch.kernel.ts';
import {
  chunkCarryKernel,
  chunkDecayKernel,
  chunkStateKernel,
  scanOutputKernel,
  scanStateKernel,
  skipAndGateKernel,
  stepSizeKernel,
} from './kernels/selective-scan.kernel.ts';

import { convStepKernel, convStepStateKernel, stepOutputKernel, stepStateKernel } from './kernels/step.kernel.ts';
import {
  convGateStepKernel,
  convStateOfStepKernel,
  normedPartialKernel,
  normedReduceKernel,
  scanStateOfStepKernel,
  scanStepKernel,
} from './kernels/step-layer.kernel.ts';
import { storedABarKernel, storedInputKernel } from './kernels/stored-scan.kernel.ts';

const integers = (count: number) => Array.from({ length: count }, () => 'integer').join(' ');
const cells = (count: number) => Array.from({ length: count }, () => 'cell').join(' ');

const silu = [sigmoidOf, siluOf];
const softplus = [log1pOf, softplusOf];
const bytes = [lowOf, middleOf, highOf];

export const definitions = {
  exp: defineKernel('exp', expKernel, 'cell'),
  reciprocal: defineKernel('reciprocal', reciprocalKernel, 'cell'),
  softplus: defineKernel('softplus', softplusKernel, 'cell', softplus),
  silu: defineKernel('silu', siluKernel, 'cell', silu),
  sigmoid: defineKernel('sigmoid', sigmoidKernel, 'cell', [sigmoidOf]),
  copy: defineKernel('copy', copyKernel, `cell integer`),
  copyMatrix: defineKernel('copyMatrix', copyMatrixKernel, `cell integer`),
  patch: defineKernel('patch', patchKernel, `cell cell ${integers(2)}`),
  mergeColumns: defineKernel('mergeColumns', mergeColumnsKernel, `cell cell ${integers(3)}`),
  beside: defineKernel('beside', besideKernel, `cell cell ${integers(5)}`),
  copyRows: defineKernel('copyRows', copyRowsKernel, `cell cell ${integers(2)}`),
  inverseRms: defineKernel('inverseRms', inverseRmsKernel, `cell ${integers(3)} float`),
  scaleRows: defineKernel('scaleRows', scaleRowsKernel, `${cells(3)} ${integers(3)}`),
  rmsNorm: defineKernel('rmsNorm', rmsNormKernel, `cell cell ${integers(3)} float integer`),
  linear: defineKernel('linear', linearKernel, `matrix ${cells(3)} ${integers(6)}`),
  linearPartial: defineKernel('linearPartial', linearPartialKernel, `matrix cell ${integers(4)}`),
  linearReduce: defineKernel('linearReduce', linearReduceKernel, `${cells(3)} ${integers(5)}`),
  embed: defineKernel('embed', embedKernel, `matrix cell cell ${integers(3)}`),
  linearQ8: defineKernel('linearQ8', linearQ8Kernel, `matrix ${cells(3)} ${integers(6)}`, bytes),
  linearQ8Partial: defineKernel('linearQ8Partial', linearQ8PartialKernel, `matrix cell ${integers(4)}`, bytes),
  normedPartialQ8: defineKernel('normedPartialQ8', normedPartialQ8Kernel, `matrix cell cell ${integers(3)}`, bytes),
  embedQ8: defineKernel('embedQ8', embedQ8Kernel, `matrix cell cell ${integers(3)}`, bytes),
  causalConv1d: defineKernel('causalConv1d', causalConv1dKernel, `${cells(5)} ${integers(5)}`, silu),
  convState: defineKernel('convState', convStateKernel, `${cells(3)} ${integers(4)}`),
  stepSize: defineKernel('stepSize', stepSizeKernel, `cell cell ${integers(4)}`, softplus),
  chunkDecay: defineKernel('chunkDecay', chunkDecayKernel, `${cells(3)} ${integers(4)}`),
  chunkState: defineKernel('chunkState', chunkStateKernel, `${cells(6)} ${integers(10)}`, [phiOf]),
  chunkCarry: defineKernel('chunkCarry', chunkCarryKernel, `cell cell ${integers(3)}`),
  scanOutput: defineKernel('scanOutput', scanOutputKernel, `${cells(7)} ${integers(11)}`, [phiOf]),
  skipAndGate: defineKernel('skipAndGate', skipAndGateKernel, `${cells(4)} ${integers(7)}`, silu),
  scanState: defineKernel('scanState', scanStateKernel, `${cells(7)} ${integers(10)}`, [phiOf]),
  stepState: defineKernel('stepState', stepStateKernel, `${cells(6)} ${integers(12)}`, [...softplus, phiOf]),
  stepOutput: defineKernel('stepOutput', stepOutputKernel, `${cells(5)} ${integers(11)}`, silu),
  convStep: defineKernel('convStep', convStepKernel, `${cells(4)} ${integers(5)}`, silu),
  convStepState: defineKernel('convStepState', convStepStateKernel, `cell cell ${integers(4)}`),
  blockGumbel: defineKernel('blockGumbel', blockGumbelKernel, `${cells(3)} ${integers(5)}`),
  gumbel: defineKernel('gumbel', gumbelKernel, `${cells(4)} ${integers(6)}`),
  keptMargin: defineKernel('keptMargin', keptMarginKernel, `${cells(3)} ${integers(4)}`),
  groupSum: defineKernel('groupSum', groupSumKernel, `cell ${integers(2)}`),
  blockGumbelBefore: defineKernel('blockGumbelBefore', blockGumbelBeforeKernel, `${cells(5)} ${integers(7)}`),
  drawn: defineKernel('drawn', drawnKernel, 'cell cell integer'),
  rankInBlock: defineKernel('rankInBlock', rankInBlockKernel, `cell ${integers(4)}`, [standsBefore]),
  sortedBlock: defineKernel('sortedBlock', sortedBlockKernel, `cell ${integers(2)}`),
  mergedLists: defineKernel('mergedLists', mergedListsKernel, `cell cell ${integers(5)}`, [standsBefore]),
  candidateMass: defineKernel('candidateMass', candidateMassKernel, `${cells(3)} ${integers(3)}`),
  drawOfSorted: defineKernel('drawOfSorted', drawOfSortedKernel, `${cells(5)} ${integers(5)}`),
  normedPartial: defineKernel('normedPartial', normedPartialKernel, `matrix cell cell ${integers(4)}`),
  normedReduce: defineKernel('normedReduce', normedReduceKernel, `cell ${integers(3)} float`),
  convGateStep: defineKernel('convGateStep', convGateStepKernel, `${cells(4)} ${integers(6)} float`, silu),
  scanStep: defineKernel('scanStep', scanStepKernel, `matrix ${cells(6)} ${integers(10)}`, [...softplus, phiOf]),
  convStateOfStep: defineKernel('convStateOfStep', convStateOfStepKernel, `cell ${integers(2)}`),
  scanStateOfStep: defineKernel('scanStateOfStep', scanStateOfStepKernel, `cell ${integers(2)}`),
  blockArgmax: defineKernel('blockArgmax', blockArgmaxKernel, `cell ${integers(4)}`),
  argmax: defineKernel('argmax', argmaxKernel, `cell cell ${integers(4)}`),
  blockExpSum: defineKernel('blockExpSum', blockExpSumKernel, `cell cell ${integers(4)}`),
  crossEntropy: defineKernel('crossEntropy', crossEntropyKernel, `${cells(4)} ${integers(3)}`),
  aBar: defineKernel('aBar', aBarKernel, `${cells(2)} integer`),
  bBar: defineKernel('bBar', bBarKernel, `${cells(3)} integer`, [phiOf]),
  scanSequential: defineKernel('scanSequential', scanSequentialKernel, `${cells(3)} ${integers(3)}`),
  chunkFactor: defineKernel('chunkFactor', chunkFactorKernel, `cell ${integers(3)}`),
  chunkTotal: defineKernel('chunkTotal', chunkTotalKernel, `${cells(3)} ${integers(4)}`),
  chunkBefore: defineKernel('chunkBefore', chunkBeforeKernel, `cell cell ${integers(2)}`),
  chunkedStates: defineKernel('chunkedStates', chunkedStatesKernel, `${cells(4)} ${integers(3)}`),
  scanLeaves: defineKernel('scanLeaves', scanLeavesKernel, `${cells(3)} ${integers(3)}`),
  upSweep: defineKernel('upSweep', upSweepKernel, 'cell integer'),
  downSweep: defineKernel('downSweep', downSweepKernel, 'cell cell integer'),
  scanStates: defineKernel('scanStates', scanStatesKernel, 'cell cell integer'),
  storedABar: defineKernel('storedABar', storedABarKernel, `${cells(3)} ${integers(2)}`),
  storedInput: defineKernel('storedInput', storedInputKernel, `${cells(6)} ${integers(5)}`, [phiOf]),
} as const;

export type KernelName = keyof typeof definitions;
