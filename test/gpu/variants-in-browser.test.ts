/**
 * The variants of variants.test.ts in a browser: what a shader compiler makes of a kernel must not depend on how it is
 * written.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { variants } from '../../gpu/variants/variants.ts';
import { closeModes, expectRan, modesUnderTest } from './modes-under-test.ts';

const patience = 600_000;

const modes = await modesUnderTest(['webgl', 'webgl2', 'webgpu']);
afterAll(() => closeModes(modes));

describe.each(modes)('$mode', ({ mode, place, missing }) => {
  test.skipIf(missing)(
    'every variant gives what its plain kernel does; the plain kernel what JavaScript does',
    async () => {
      const { rows, ...ran } = await place!.call('runAllVariants', { mode });
      expectRan(ran, mode);
      expect(rows.filter(({ failure }) => failure !== undefined)).toEqual([]);
      expect(rows.filter(({ variant }) => !variant.endsWith(': plain'))).toHaveLength(variants.length);
    },
    patience,
  );
});
