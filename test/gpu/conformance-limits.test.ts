/**
 * Devices whose textures are small, simulated: sides of 64 at most, and of 2048. Weights come in tiles then, no texture is
 * larger than it may be, and what does not fit is refused.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { conformAll, conformSome } from './conform-all.ts';
import { closeModes, modesUnderTest } from './modes-under-test.ts';
import { gpuOperations, tiledSizes } from './page/sized-problems.ts';

/** Problems an operation. */
const runs = 20;
const patience = 300_000;

const modes = await modesUnderTest(['headlessgl', 'webgl2']);
afterAll(() => closeModes(modes));

const limited = modes.flatMap((under) => [64, 2048].map((maxTextureSize) => ({ ...under, maxTextureSize })));

describe.each(limited)('$mode with textures of at most $maxTextureSize', ({ mode, place, missing, maxTextureSize }) => {
  const open = { mode, maxTextureSize };
  const from = 0;

  test.skipIf(missing).each(gpuOperations)(
    '%s stays within its bound',
    async (operation) => {
      const conformed = await conformAll(place!, open, operation, { from, runs });
      expect(conformed.side).toBeLessThanOrEqual(maxTextureSize);
    },
    patience,
  );

  test.skipIf(missing).each(['linear', 'embed'] as const)(
    '%s with weights larger than a texture',
    async (operation) => {
      const sizes = tiledSizes[operation]!;
      const conformed = await conformSome(place!, { open, operation, from, to: from + sizes.length, sizes });
      expect(conformed.cases).toBe(sizes.length);
      expect(conformed.side).toBeLessThanOrEqual(maxTextureSize);
    },
    patience,
  );

  // GPU.js gives 64² − 1 cells a texture of 65 × 63.
  test.skipIf(missing)(
    'results up to the largest fit, and a larger one is refused',
    async () => {
      const largest = await place!.call('largestCells', open);
      expect(largest.wrong).toEqual([]);
      expect(largest.refused).toMatch(/expected at most \d+ numbers/);
      expect(largest.side).toBeLessThanOrEqual(maxTextureSize);
    },
    patience,
  );
});
