/**
 * A model in an installed browser: started, asked what renders, and loaded.
 */

import { basename, resolve } from 'node:path';
import type { FoundModel } from '../api/find-model.node.ts';
import { folderOptions } from '../api/find-model.node.ts';
import { expectMambaOnGpu } from '../api/mamba-on-gpu.ts';
import type { BrowserPage, DriverOptions } from '../browser/driver.node.ts';
import { openBrowserPage, remedy } from '../browser/driver.node.ts';
import { modelPrefix, tokenizerPrefix } from '../browser/mounts.node.ts';
import type { LoadRequest, ModelSource } from '../browser/protocol.ts';
import { RemoteModel } from '../browser/remote-model.ts';
import { openFolder } from '../checkpoint/open-folder.node.ts';
import type { BrowserBackend } from './backends.ts';
import { UnavailableError } from './exit.ts';
import { writeNote } from './output.ts';

export interface BrowserModelOptions extends Omit<LoadRequest, 'type' | 'backend' | 'model' | 'threads'> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (done: number, total: number) => void;
}

/** @throws UnavailableError when this machine's browser has nothing to render with */
export async function openRenderingPage(
  backend: BrowserBackend,
  options: Pick<DriverOptions, 'modelFolder' | 'tokenizerJsonPath' | 'signal'> = {},
): Promise<BrowserPage & { readonly renderer: string }> {
  const page = await openBrowserPage({ ...options, backend });
  try {
    const renderer = await page.rendererOf(backend);
    if (renderer !== null) return { ...page, renderer };
    throw new UnavailableError(`--backend ${backend}: ${page.browser} finds no GPU for it; ${remedy}`);
  } catch (error) {
    await page.close();
    throw error;
  }
}

/**
 * @param source a model's files, the embedded model, or made-up weights
 * @throws whatever keeps the model from being ready; nothing is left running then
 */
export async function openBrowserModel(
  backend: BrowserBackend,
  source: { readonly found?: FoundModel | undefined } | Extract<ModelSource, { random: unknown }>,
  { signal, onProgress, ...options }: BrowserModelOptions,
): Promise<{ readonly model: RemoteModel; readonly page: BrowserPage }> {
  const found = 'found' in source ? source.found : undefined;
  const folder = found && expectMambaOnGpu(await openFolder(found.path, folderOptions(found)), backend, found.path);
  const modelFolder = folder && resolve(folder.path);
  const tokenizerJsonPath = found?.tokenizerJsonPath;
  const page = await openRenderingPage(backend, { modelFolder, tokenizerJsonPath, signal });
  try {
    const embedded = { url: 'models/tiny-shakespeare/' };
    const tokenizer = tokenizerJsonPath && tokenizerPrefix + basename(tokenizerJsonPath);
    const served = folder && { url: modelPrefix, name: folder.name, weights: folder.weightsFile, tokenizer };
    const request: LoadRequest = {
      ...{ type: 'load', backend, ...options },
      model: 'random' in source ? source : (served ?? embedded),
    };
    const watch = { signal, onProgress: ({ done, total }: { done: number; total: number }) => onProgress(done, total) };
    const model = await RemoteModel.open(page, request, watch);
    writeNote(`${backend} on ${model.model.device}, in ${page.browser}`);
    return { model, page };
  } catch (error) {
    await page.close();
    throw error;
  }
}
