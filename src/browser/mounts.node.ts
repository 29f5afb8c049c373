/**
 * What a page needs of this machine: the built package, two packages wherever npm has put them, and one model.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnsupportedError } from '../engine/errors.ts';
import { packageRoot } from '../package-root.ts';
import type { Mount } from './file-server.node.ts';

export const pagePath = 'src/browser/page.html';
/** Under this prefix lies the model's folder. */
export const modelPrefix = 'model/';
/** Under this one the folder of its tokenizer.json, where that is another. */
export const tokenizerPrefix = 'tokenizer/';

/** @throws UnsupportedError when the package is not built or gpu.js is not installed */
export function pageMounts(modelFolder?: string, tokenizerJsonPath?: string): readonly Mount[] {
  const folder = (path: string) => fileURLToPath(new URL(path, packageRoot));
  if (!existsSync(folder('dist/src/browser/page.js'))) {
    throw new UnsupportedError('the page expected dist/, which is not there; run "npm run build" first');
  }
  const parts = ['dist/', 'build/', 'src/browser/', 'models/'];
  return [
    ...parts.map((prefix) => ({ prefix, folder: folder(prefix) })),
    ...['gpu.js', '@huggingface/tokenizers'].flatMap(packageMount),
    ...(modelFolder === undefined ? [] : [{ prefix: modelPrefix, folder: modelFolder }]),
    ...(tokenizerJsonPath === undefined ? [] : [{ prefix: tokenizerPrefix, folder: dirname(tokenizerJsonPath) }]),
  ];
}

/** Nothing for a package that is not installed: gpu.js is optional, and says so itself when it is missed. */
function packageMount(name: string): readonly Mount[] {
  const marker = `/node_modules/${name}/`;
  try {
    const found = createRequire(import.meta.url)
      .resolve(name)
      .replaceAll('\\', '/');
    const end = found.lastIndexOf(marker) + marker.length;
    return [{ prefix: marker.slice(1), folder: found.slice(0, end) }];
  } catch {
    return [];
  }
}
