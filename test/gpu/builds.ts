/**
 * The three forms in which kernels reach GPU.js: the sources with their types taken out, dist/, and a minified bundle.
 * Node imports them, a page gets them by address; esbuild comes with vitest.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

export const buildNames = ['source', 'dist', 'minified'] as const;

export type BuildName = (typeof buildNames)[number];

const root = fileURLToPath(new URL('../..', import.meta.url));
const parts = ['machine', 'definitions', 'kernel-definition'];

/** Text of a module that exports {@link KernelBuild}; its imports begin with `base`. */
function exportsOf(base: string, extension: string): string {
  return parts.map((part) => `export * from '${base}/${part}${extension}';`).join('\n');
}

/** What dist/ holds, in one file with every name shortened. */
async function minified(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: exportsOf('./dist/gpu', '.js'), resolveDir: root },
    ...{ bundle: true, minify: true, write: false, format: 'esm', external: ['gpu.js'] },
  });
  return outputFiles[0]!.text;
}

/** A module by its address: `/build/dist.js`, and what it imports from there on. */
export async function moduleText(path: string): Promise<string> {
  if (path === '/build/source.js') return exportsOf('/gpu', '.ts');
  if (path === '/build/dist.js') return exportsOf('/dist/gpu', '.js');
  if (path === '/build/minified.js') return minified();
  const text = await readFile(join(root, path), 'utf8');
  return path.endsWith('.ts') ? (await transform(text, { loader: 'ts', target: 'es2022' })).code : text;
}
