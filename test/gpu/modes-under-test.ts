/**
 * The four backends under test, each where it lives, or the reason why it is not here; said aloud. REQUIRE=webgl,… makes
 * an absence a failure.
 */
import { expect } from 'vitest';
import type { GpuMode } from '../../gpu/modes.ts';
import { gpuModes, kernelClassOf } from '../../gpu/modes.ts';
import { UnsupportedError } from '../../src/engine/errors.ts';
import type { Ran } from './page/open.ts';
import type { Place } from './places.ts';
import { openPlace } from './places.ts';
import { absent } from './required.ts';

export interface ModeUnderTest {
  readonly mode: GpuMode;
  readonly place?: Place;
  /** Why it is not here. */
  readonly missing?: string;
}

/** One after the other: a browser needs a core to start. @throws what is no absence, and absences of what is required */
export async function modesUnderTest(modes: readonly GpuMode[] = gpuModes): Promise<readonly ModeUnderTest[]> {
  const found: ModeUnderTest[] = [];
  for (const mode of modes) found.push(await openMode(mode));
  return found;
}

async function openMode(mode: GpuMode): Promise<ModeUnderTest> {
  let place: Place | undefined;
  try {
    place = await openPlace(mode);
    await place.call('expectBackend', mode);
    return { mode, place };
  } catch (error) {
    await place?.close();
    const { name, message } = error as Error;
    if (!(error instanceof UnsupportedError) && name !== 'UnsupportedError') throw error;
    if (absent(mode, message)) throw error;
    return { mode, missing: message };
  }
}

export async function closeModes(modes: readonly ModeUnderTest[]): Promise<void> {
  for (const { place } of modes) await place?.close();
}

/** That mode, by kernels of that class alone, on a renderer that says that it is software. */
export function expectRan(ran: Ran, mode: GpuMode): void {
  expect(ran.mode).toBe(mode);
  expect(ran.classes).toEqual([kernelClassOf[mode]]);
  expect(ran.device).toMatch(/\(software\)$/);
}
