/**
 * Every kernel compiles and computes what plain JavaScript does: from the sources, from dist/ and from a minified bundle.
 * GPU.js reads kernels as text, so whatever rewrites them can break them.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { definitions } from '../../gpu/definitions.ts';
import { createGpuBackend } from '../../gpu/open-backend.ts';
import { buildDist } from '../browser/build-dist.ts';
import { chromiumPath } from '../browser/chromium.ts';
import type { NodeResults } from './compile-in-node.ts';
import type { Compiled, Form } from './every-kernel.ts';
import type { KernelPage } from './kernel-page.ts';
import { openKernelPage } from './kernel-page.ts';
import { absent } from './required.ts';

const every = Object.keys(definitions);
const forms = [
  ...(['called', 'without depth', 'constants'] as const).map((form) => ['source', form] as const),
  ...(['dist', 'minified'] as const).map((build) => [build, 'called'] as const),
];

/** exp and its kin, relative: the operands are small. */
const bound = 1e-5;

function expectRight(compiled: readonly Compiled[], form: Form): void {
  const wrong = compiled.filter(({ distance, error }) => error !== undefined || !(distance <= bound));
  expect(wrong.map(({ kernel, distance, error }) => `${kernel}: ${error ?? `off by ${distance}`}`)).toEqual([]);
  const names = compiled.map(({ kernel }) => kernel);
  if (form === 'without depth') expect(names.length).toBeGreaterThan(5);
  else expect(names).toEqual(every);
}

const noHeadlessGl = await createGpuBackend('headlessgl').then(
  (backend) => backend.dispose(),
  (error: Error) => error.message,
);
const noChromium = chromiumPath === undefined ? 'no Chromium' : undefined;

test('headlessgl and Chromium are here, or their absence was allowed', () => {
  expect(absent('headlessgl', noHeadlessGl || undefined)).toBe(false);
  expect(absent('chromium', noChromium)).toBe(false);
});

beforeAll(buildDist, 60_000);

describe.skipIf(noHeadlessGl)('headlessgl', () => {
  let results: NodeResults;
  beforeAll(async () => {
    const program = fileURLToPath(new URL('compile-in-node.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program], {
      maxBuffer: 2 ** 24,
    });
    results = JSON.parse(stdout) as NodeResults;
  }, 120_000);

  test.each(forms)('every kernel of %s, %s, gives what plain JavaScript does', (build, form) => {
    expectRight(results[`${build}, ${form}`]!, form);
  });
});

describe.skipIf(noChromium)('in a page', () => {
  let page: KernelPage;
  beforeAll(async () => {
    page = await openKernelPage();
  }, 60_000);
  afterAll(() => page?.close());

  // Sources with their types taken out are what dist/ holds; as the machine calls them they run in every other GPU test.
  const inPage = forms.filter(([build, form]) => build !== 'source' || form !== 'called');
  describe.each(['webgl2', 'webgpu'] as const)('%s', (mode) => {
    test.each(inPage)('every kernel of %s, %s, gives what plain JavaScript does', async (build, form) => {
      expectRight(await page.compileEvery(build, mode, form), form);
    });
  });
});
