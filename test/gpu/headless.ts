/**
 * headless-gl for a test file: a backend with its kernels, or the reason why there is none, said aloud.
 */
import { afterAll, expect, test } from 'vitest';
import { GpuKernels } from '../../gpu/kernels.ts';
import { kernelClassOf } from '../../gpu/modes.ts';
import type { GpuBackendOptions } from '../../gpu/open-backend.ts';
import { createGpuBackend } from '../../gpu/open-backend.ts';
import { UnsupportedError } from '../../src/engine/errors.ts';
import { absent } from './required.ts';

export type Headless = Awaited<ReturnType<typeof open>>;

/**
 * One backend for the whole file, none where headless-gl is missing; leaves a test that says which.
 * @returns for `describe.each`
 */
export async function openHeadless(): Promise<readonly Headless[]> {
  const opened: Headless[] = [];
  let reason: string | undefined;
  try {
    opened.push(await open());
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    reason = error.message;
  }
  test('headlessgl is here, or its absence was allowed', () => expect(absent('headlessgl', reason)).toBe(false));
  afterAll(() => {
    for (const { backend } of opened) backend.dispose();
  });
  return opened;
}

export async function open(options?: GpuBackendOptions) {
  const backend = await createGpuBackend('headlessgl', options);
  return { backend, machine: backend.machine, kernels: new GpuKernels(backend) };
}

/** The machine lets no other class of kernels run: it throws when one comes. */
export function expectHeadless({ backend, machine }: Headless): void {
  expect(machine.mode).toBe('headlessgl');
  expect(kernelClassOf[machine.mode]).toBe('HeadlessGLKernel');
  expect(backend.device).toContain('(software)');
  expect(machine.calls).toBeGreaterThan(0);
}

/** How many textures live in the machine's context, counted from now on. */
export function countTextures({ machine }: Headless): () => number {
  const context = machine.gpu.context!;
  let living = 0;
  const [create, remove] = [context.createTexture, context.deleteTexture];
  context.createTexture = () => {
    living++;
    return create.call(context);
  };
  context.deleteTexture = (texture) => {
    living--;
    remove.call(context, texture);
  };
  return () => living;
}
