/**
 * The model that comes with the package, in float64.
 */
import { fileURLToPath } from 'node:url';
import { loadFolder } from '../checkpoint/load-folder.node.ts';
import type { TracedModel } from '../oracle/index.ts';
import { embeddedModel } from '../oracle/index.ts';
import { packageRoot } from '../package-root.ts';

export function loadEmbedded(): Promise<TracedModel> {
  return loadFolder(fileURLToPath(new URL(embeddedModel, packageRoot)));
}
