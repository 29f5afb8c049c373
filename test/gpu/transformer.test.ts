/**
 * What only a Transformer needs has no kernel on GPUs, and says so by its name instead of computing something else.
 */
import { expect, test } from 'vitest';
import { GpuBackend } from '../../gpu/backend.ts';
import type { GpuMachine } from '../../gpu/machine.ts';
import { UnsupportedError } from '../../src/engine/errors.ts';

const backend = new GpuBackend({ mode: 'webgpu' } as unknown as GpuMachine, 'a card', 8);

test.each(['embedAdd', 'layerNorm', 'gelu', 'attention'] as const)('%s is refused', (operation) => {
  expect(() => backend[operation]()).toThrow(UnsupportedError);
  expect(() => backend[operation]()).toThrow(`webgpu: "${operation}" has no kernel on GPUs (on a card)`);
});
