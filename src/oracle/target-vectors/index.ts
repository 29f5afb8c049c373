/** The vectors' cases on the backends of this machine. */
export { type JudgedTarget, judgeTarget, type RowBlame, type TargetVectors } from './judge-target.ts';
export { type VectorRowName, vectorRowNames } from './vector-run.ts';
