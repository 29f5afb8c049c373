/**
 * What `verify` checks: each build of the WebAssembly kernels, and each way to a GPU.
 */
import type { BuildName } from '../wasm/builds.ts';
import { buildNames } from '../wasm/builds.ts';
import type { BackendName } from './backends.ts';
import { backendNames } from './backends.ts';
import { UsageError } from './exit.ts';

export interface Subject {
  /** `simd-threads`, `webgpu`: unique. */
  readonly name: string;
  readonly backend: BackendName;
  readonly build?: BuildName;
}

/** Every backend but the reference, against which all are checked. */
export const allBackends = 'all';

export type VerifiedBackend = BackendName | BuildName | typeof allBackends;

/** @throws UsageError for an unknown one */
export function parseVerified(name: string): VerifiedBackend {
  const all: readonly VerifiedBackend[] = [allBackends, ...backendNames, ...buildNames];
  const known = all.find((verified) => verified === name);
  if (known !== undefined) return known;
  const names = [allBackends, ...backendNames].join(', ');
  throw new UsageError(
    `--backend expected ${names}, or a build of wasm (${buildNames.join(', ')}), got ${JSON.stringify(name)}`,
  );
}

export function isBackendName(name: VerifiedBackend): name is BackendName {
  return (backendNames as readonly string[]).includes(name);
}

export function subjectsOf(backend: VerifiedBackend): readonly Subject[] {
  if (backend === allBackends) return backendNames.filter((name) => name !== 'reference').flatMap(subjectsOf);
  if (backend === 'wasm') return buildNames.flatMap(subjectsOf);
  return isBackendName(backend) ? [{ name: backend, backend }] : [{ name: backend, backend: 'wasm', build: backend }];
}
