/**
 * AMD without a card: Mesa's compiler for Radeons makes machine code of every WebGL2 kernel, for five families of chips.
 * Nothing is executed, so nothing here says that an AMD card computes right.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { definitions } from '../../gpu/definitions.ts';
import { kernelShaders } from './amd/kernel-shaders.ts';
import type { Statistics } from './amd/statistics.ts';
import { amdStatistics, familyNames } from './amd/statistics.ts';
import { missingTools } from './amd/tools.ts';
import { absent } from './required.ts';

const missing = missingTools();

test('the tools for AMD are here, or their absence was allowed', () => {
  expect(absent('amd', missing.length > 0 ? `no ${missing.join(', no ')}` : undefined)).toBe(false);
});

describe.skipIf(missing.length > 0)("AMD's compiler", () => {
  let all: readonly Statistics[];
  beforeAll(async () => {
    all = await amdStatistics(await kernelShaders());
  }, 120_000);

  test.each(familyNames)('compiles every kernel for %s without spilling a register', (family) => {
    const found = all.filter((one) => one.family === family);
    expect(found.map(({ kernel }) => kernel)).toEqual(Object.keys(definitions));
    const spilling = found.filter(({ spilled }) => spilled !== 0);
    expect(spilling.map(({ kernel, spilled }) => `${kernel} on ${family}: ${spilled} registers spilled`)).toEqual([]);
  });

  test('no kernel fills a SIMD to less than half', () => {
    const most = new Map(familyNames.map((name) => [name, Math.max(...wavesOn(all, name))]));
    const few = all.filter(({ family, waves }) => waves < most.get(family)! / 2);
    expect(few.map(({ kernel, family, waves }) => `${kernel} on ${family}: ${waves} waves`)).toEqual([]);
  });
});

function wavesOn(all: readonly Statistics[], family: string): number[] {
  return all.filter((one) => one.family === family).map(({ waves }) => waves);
}
