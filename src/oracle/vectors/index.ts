/** Conformance vectors: cases, budgets, files, verdicts. */

export { type VectorOptions, vectorCases } from './cases.ts';
export { embeddedModel, embeddedTrace, type TracedModel } from './cases-trace.ts';
export { expectChecksum, expectManifestChecksum } from './checksums.ts';
export {
  type CaseVerdict,
  compareCase,
  type GivenNumbers,
  type GivenOutput,
  type GivenOutputs,
  type OutputVerdict,
} from './compare-case.ts';
export {
  type Accumulation,
  accumulations,
  budgetsOf,
  type Declaration,
  type Precision,
  precisions,
} from './declaration.ts';
export { type JudgedCase, type JudgedVectors, type JudgeOptions, judgeVectors } from './judge-vectors.ts';
export { type Layout, layouts } from './layout.ts';
export { fileNames, type Manifest, type ManifestCase, parseManifest } from './manifest.ts';
export { readCase, readResults, type VectorTensors } from './read-vectors.ts';
export {
  type ExpName,
  expNames,
  operationTexts,
  type VectorCase,
  type VectorInput,
  type VectorOperation,
  type VectorOutput,
} from './vector-case.ts';
export { vectorFiles } from './write-vectors.ts';
