/**
 * What `verify` checks: each build of the WebAssembly kernels, and each way to a GPU.
 */
import type { BuildName } from '../wasm/builds.ts';
import { buildNames } from '../wasm/builds.ts';
import type { BackendName } from './backends.ts';
import { backendNames, parseBackend } from './backends.ts';

export interface Subject {
  /** `simd-threads`, `webgpu`: unique. */
  readonly name: string;
  readonly backend: BackendName;
  readonly build?: BuildName;
}

/** Every backend but the reference, against which all are checked. */
export const allBackends = 'all';

export type VerifiedBackend = BackendName | typeof allBackends;

/** @throws UsageError for an unknown one */
export function parseVerified(name: string): VerifiedBackend {
  return name === allBackends ? name : parseBackend(name);
}

export function subjectsOf(backend: VerifiedBackend): readonly Subject[] {
  if (backend === allBackends) return backendNames.filter((name) => name !== 'reference').flatMap(subjectsOf);
  if (backend === 'wasm') return buildNames.map((build) => ({ name: build, backend, build }));
  return [{ name: backend, backend }];
}
