/**
 * A program: {@link compileEvery} on headless-gl, of every build; prints its results as JSON. A program of its own, so
 * that Node imports dist/ as it is, which vitest would not.
 */

import { importGpuJs } from '../../gpu/gpu-js.ts';
import type { BuildName } from './builds.ts';
import { buildNames, moduleText } from './builds.ts';
import type { Compiled, Form, KernelBuild } from './every-kernel.ts';
import { compileEvery } from './every-kernel.ts';

export type NodeResults = Readonly<Record<string, readonly Compiled[]>>;

const root = new URL('../..', import.meta.url);

async function buildOf(name: BuildName): Promise<KernelBuild> {
  if (name === 'minified')
    return import(`data:text/javascript,${encodeURIComponent(await moduleText('/build/minified.js'))}`);
  const [folder, extension] = name === 'dist' ? ['dist/gpu', 'js'] : ['gpu', 'ts'];
  const parts = ['machine', 'definitions', 'kernel-definition'].map((part) => `${folder}/${part}.${extension}`);
  const modules = await Promise.all(parts.map((part) => import(new URL(part, root).href)));
  return Object.assign({}, ...modules) as KernelBuild;
}

const js = await importGpuJs();
const results: Record<string, readonly Compiled[]> = {};
for (const build of buildNames) {
  const forms: readonly Form[] = build === 'source' ? ['called', 'without depth', 'constants'] : ['called'];
  for (const form of forms) {
    const compiled = await compileEvery(js, await buildOf(build), 'headlessgl', form);
    results[`${build}, ${form}`] = compiled.map(({ kernel, distance, error }) => ({ kernel, distance, error }));
  }
}
process.stdout.write(`${JSON.stringify(results)}\n`);
process.exit(0);
