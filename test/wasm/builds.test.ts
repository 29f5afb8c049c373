import { describe, expect, test } from 'vitest';
import { buildNames, chooseBuild, detectFeatures } from '../../src/wasm/builds.ts';

const all = { simd: true, relaxedSimd: true, threads: true };

describe('the build', () => {
  test('is the fastest that validates, and says why', () => {
    expect(chooseBuild(all, 2)).toEqual({
      build: 'relaxed-threads',
      reason: 'relaxed SIMD validates, memory can be shared',
    });
    expect(chooseBuild({ ...all, relaxedSimd: false }, 2)!.build).toBe('simd-threads');
    expect(chooseBuild({ ...all, threads: false }, 2)!.build).toBe('relaxed');
    expect(chooseBuild({ ...all, threads: false }, 2)!.reason).toContain('memory cannot be shared');
    expect(chooseBuild(all, 1)).toEqual({ build: 'relaxed', reason: 'relaxed SIMD validates, one thread asked for' });
  });

  test('does not exist without SIMD, and a wanted one is never replaced by another', () => {
    expect(chooseBuild({ ...all, simd: false }, 2)).toBeUndefined();
    for (const wanted of buildNames)
      expect(chooseBuild(all, 2, wanted)).toEqual({ build: wanted, reason: 'asked for' });
    expect(chooseBuild({ ...all, relaxedSimd: false }, 2, 'relaxed')).toBeUndefined();
    expect(chooseBuild({ ...all, threads: false }, 2, 'simd-threads')).toBeUndefined();
  });

  test('here: Node has SIMD and threads', () => {
    expect(detectFeatures()).toMatchObject({ simd: true, threads: true });
  });
});
