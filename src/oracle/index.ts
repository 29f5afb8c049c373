/** `mamba-ts/oracle`: the conformance suite that judges every backend against the reference. */
export { type Arithmetic, relaxed as relaxedArithmetic, strict as strictArithmetic } from './arithmetic.ts';
export * from './blame/index.ts';
export { factorOf, reasonOf } from './bounds.ts';
export { type Comparison, compare } from './compare.ts';
export { gpu as gpuArithmetic } from './gpu-arithmetic.ts';
export { createGpuTarget, type GpuKernelSet } from './gpu-target.ts';
export { judgeModel, type ModelCheckName, modelCheckNames, runModelCheck } from './model-check.ts';
export { type ModelProblem, modelProblemOf } from './model-problems.ts';
export type { Expected, Problem, Result } from './operation.ts';
export { type OperationName, operationNames, type Problems, problemOf, truthOf } from './operations.ts';
export { referenceTarget } from './reference-target.ts';
export { judge, runSuite, type SuiteOptions, type SuiteRow, type Verdict } from './suite.ts';
export type { Target } from './target.ts';
export * from './target-vectors/index.ts';
export * from './vectors/index.ts';
export { createWasmTarget } from './wasm-target.ts';
