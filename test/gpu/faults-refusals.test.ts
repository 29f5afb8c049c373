/**
 * What a GPU backend refuses, it refuses by name: what is missing, and, once there is one, on which renderer.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { createGpuBackend } from '../../gpu/open-backend.ts';
import { UnsupportedError } from '../../src/engine/errors.ts';
import { closeModes, modesUnderTest } from './modes-under-test.ts';

const patience = 300_000;

const modes = await modesUnderTest();
afterAll(() => closeModes(modes));

describe.each(modes)('$mode', ({ mode, place, missing }) => {
  test.skipIf(missing).each(['bf16', 'f16'] as const)(
    '%s weights are refused by name',
    async (dtype) => {
      const refused = await place!.call('refuseMatrix', mode, dtype);
      expect(refused.name).toBe('UnsupportedError');
      expect(refused.message).toContain(dtype);
      expect(refused.message).toContain(mode);
    },
    patience,
  );

  // headless-gl renders with Mesa, whose contexts nothing here can take an ability from.
  test.skipIf(missing || mode === 'headlessgl')(
    'an ability that the device lacks is named, with the renderer where there is one',
    async () => {
      const { name, message } = await place!.call('openWithout', mode);
      expect({ name, message }).toMatchObject({ name: 'UnsupportedError' });
      const what = mode === 'webgpu' ? 'an adapter, and there is none here' : '.+, on the renderer .+ \\(software\\)';
      expect(message).toMatch(new RegExp(`^${mode} expected ${what}$`));
    },
    patience,
  );
});

describe('in Node', () => {
  test.each(['webgl', 'webgl2', 'webgpu'] as const)('%s is refused: there is no page', async (mode) => {
    await expect(createGpuBackend(mode)).rejects.toBeInstanceOf(UnsupportedError);
    await expect(createGpuBackend(mode)).rejects.toThrow(new RegExp(`^${mode} expected .+ there is none here$`));
  });

  test('headlessgl without a display is refused, with the command that helps', () => {
    const url = JSON.stringify(new URL('../../gpu/open-backend.ts', import.meta.url).href);
    const program = `import(${url}).then(({ createGpuBackend }) => createGpuBackend('headlessgl')).catch((error) =>
      process.stdout.write(error.name + ': ' + error.message)).finally(() => process.exit(0))`;
    const { DISPLAY: _, ...env } = process.env;
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const printed = execFileSync(process.execPath, ['--import', 'tsx', '-e', program], { cwd, env, encoding: 'utf8' });
    expect(printed).toMatch(/^UnsupportedError: headlessgl expected .+ npm rebuild gl .+ xvfb-run -a$/);
  });

  test('an unknown mode is refused by its name', async () => {
    await expect(createGpuBackend('gpu' as 'webgl')).rejects.toThrow(
      new RangeError('"mode" expected headlessgl, webgl, webgl2, webgpu, got "gpu"'),
    );
  });
});
