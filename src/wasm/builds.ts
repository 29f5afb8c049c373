/**
 * Which of the four builds of assembly/ runs here: decided by what the engine validates, never by its name or version.
 */

export type BuildName = 'simd' | 'simd-threads' | 'relaxed' | 'relaxed-threads';

export const buildNames: readonly BuildName[] = ['simd', 'simd-threads', 'relaxed', 'relaxed-threads'];

/** What decides. */
export interface WasmFeatures {
  readonly simd: boolean;
  readonly relaxedSimd: boolean;
  /** Atomics are validated and memory can be shared: in a browser only with cross-origin isolation. */
  readonly threads: boolean;
}

export interface BuildChoice {
  readonly build: BuildName;
  /** One line for `doctor`. */
  readonly reason: string;
}

const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const splatZero = [0x41, 0, 0xfd, 0x0f]; // i32.const 0, i8x16.splat

/** A module with one function () → result and one page of memory, shared or not. */
function probe(body: readonly number[], { result = [] as readonly number[], shared = false } = {}): Uint8Array {
  const type = [0x01, 4 + result.length, 1, 0x60, 0, result.length, ...result];
  const memory = shared ? [0x05, 4, 1, 3, 1, 1] : [];
  const code = [0x0a, body.length + 4, 1, body.length + 2, 0, ...body, 0x0b];
  return Uint8Array.from([...header, ...type, 0x03, 2, 1, 0, ...memory, ...code]);
}

const v128 = 0x7b;
const probes = {
  simd: probe(splatZero, { result: [v128] }),
  relaxedSimd: probe([...splatZero, ...splatZero, ...splatZero, 0xfd, 0x85, 0x02], { result: [v128] }), // f32x4.relaxed_madd
  atomics: probe([0x41, 0, 0xfe, 0x10, 2, 0, 0x1a], { shared: true }), // i32.atomic.load, drop
};

/** Asks the engine. */
export function detectFeatures(): WasmFeatures {
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated !== false;
  const validate = (bytes: Uint8Array) => WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>);
  return {
    simd: validate(probes.simd),
    relaxedSimd: validate(probes.relaxedSimd),
    threads: isolated && typeof SharedArrayBuffer === 'function' && validate(probes.atomics),
  };
}

/**
 * The fastest build that runs, or the one asked for.
 * @param threads 1 never needs the build with threads
 * @returns undefined without SIMD, or when the wanted build does not run here
 */
export function chooseBuild(features: WasmFeatures, threads: number, wanted?: BuildName): BuildChoice | undefined {
  const runs = (build: BuildName) =>
    features.simd &&
    (features.relaxedSimd || !build.startsWith('relaxed')) &&
    (features.threads || !build.endsWith('threads'));
  if (wanted !== undefined) return runs(wanted) ? { build: wanted, reason: 'asked for' } : undefined;
  if (!features.simd) return undefined;

  const arithmetic = features.relaxedSimd ? 'relaxed' : 'simd';
  const parallel = threads > 1 && features.threads;
  const build = (parallel ? `${arithmetic}-threads` : arithmetic) as BuildName;
  const fused = features.relaxedSimd ? 'relaxed SIMD validates' : 'relaxed SIMD does not validate';
  const shared = features.threads ? 'memory can be shared' : 'memory cannot be shared (no cross-origin isolation?)';
  return { build, reason: `${fused}, ${threads === 1 ? 'one thread asked for' : shared}` };
}
