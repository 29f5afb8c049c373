/**
 * A context that is lost before, during and after a call, and what is said of it. Runs in Node and in a page.
 */
import type { GpuBackend } from '../../../gpu/backend.ts';
import type { GpuMode } from '../../../gpu/modes.ts';
import { createGpuBackend } from '../../../gpu/open-backend.ts';
import { viewOf } from '../../../src/engine/backend.ts';

/** When the context goes: before anything is enqueued, between two operations, before they run, or before they are read. */
export const moments = ['before', 'between', 'during', 'after'] as const;
export type Moment = (typeof moments)[number];

export interface Lost {
  /** The error's class and message, or the numbers that came instead. */
  readonly name: string;
  readonly message: string;
  /** What a call after the loss says. */
  readonly later: string;
  /** What a second backend gives for the same. */
  readonly again: readonly number[];
}

export async function lose(mode: GpuMode, moment: Moment): Promise<Lost> {
  const backend = await createGpuBackend(mode);
  await copied(backend, () => {}, 'before'); // everything is compiled
  const { name, message } = await copied(backend, () => loseContext(backend), moment).then(numbersInstead, nameOf);
  const { name: later } = await copied(backend, () => {}, moment).then(numbersInstead, nameOf);
  const second = await createGpuBackend(mode);
  const again = await copied(second, () => {}, moment);
  second.dispose();
  return { name, message, later, again: Array.from(again) };
}

/** Two operations in a row and their result, with something done at a moment of it. */
async function copied(backend: GpuBackend, act: () => void | Promise<void>, moment: Moment): Promise<Float32Array> {
  const at = (now: Moment) => (now === moment ? act() : undefined);
  await at('before');
  const [x, middle, out] = ['x', 'middle', 'out'].map((name) => backend.floats(name, 3));
  const index = backend.integers('index', 1);
  backend.write(x!, Float32Array.of(1, 2, 3));
  backend.copyRows({ out: viewOf(middle!, 3), x: viewOf(x!, 3), index, rows: 1, width: 3 });
  await at('between');
  backend.copyRows({ out: viewOf(out!, 3), x: viewOf(middle!, 3), index, rows: 1, width: 3 });
  const settled = backend.settle();
  await Promise.all([settled, at('during')]);
  await at('after');
  return backend.read(out!);
}

async function loseContext(backend: GpuBackend): Promise<void> {
  const { context } = backend.machine.gpu;
  if (backend.machine.mode !== 'webgpu') {
    const extension = context!.getExtension('WEBGL_lose_context') ?? context!.getExtension('STACKGL_destroy_context');
    if (extension === null) throw new Error('expected a context that can be lost');
    if ('loseContext' in extension) extension.loseContext();
    else (extension as { destroy(): void }).destroy();
    return;
  }
  const value = backend.machine.nothing();
  await backend.machine.settle();
  const { device } = (value.handle as unknown as { readonly context: { readonly device: GpuDevice } }).context;
  device.destroy();
  await device.lost;
}

interface GpuDevice {
  destroy(): void;
  readonly lost: Promise<unknown>;
}

function numbersInstead(numbers: Float32Array) {
  return { name: 'no error', message: Array.from(numbers).join() };
}

function nameOf(error: Error) {
  return { name: error.constructor.name, message: error.message };
}
