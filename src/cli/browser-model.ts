/**
 * A model in an installed browser: started, asked what renders, and loaded.
 */
import { resolve } from 'node:path';
import type { BrowserPage } from '../browser/driver.node.ts';
import { openBrowserPage, remedy } from '../browser/driver.node.ts';
import { modelPrefix } from '../browser/mounts.node.ts';
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
  options: { readonly modelFolder?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
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
 * @param source a folder, the embedded model, or made-up weights
 * @throws whatever keeps the model from being ready; nothing is left running then
 */
export async function openBrowserModel(
  backend: BrowserBackend,
  source: { readonly folder?: string | undefined } | Extract<ModelSource, { random: unknown }>,
  { signal, onProgress, ...options }: BrowserModelOptions,
): Promise<{ readonly model: RemoteModel; readonly page: BrowserPage }> {
  const folder = 'folder' in source && source.folder !== undefined ? await openFolder(source.folder) : undefined;
  const modelFolder = folder && resolve(folder.path);
  const page = await openRenderingPage(backend, { modelFolder, signal });
  try {
    const embedded = { url: 'models/tiny-shakespeare/' };
    const served = folder && { url: modelPrefix, name: folder.name, weights: folder.weightsFile };
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
