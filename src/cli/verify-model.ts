/**
 * `mamba-ts verify --model`: a checkpoint's published values, computed on this machine.
 */
import { folderOptions } from '../api/find-model.node.ts';
import { LoadedModel } from '../api/loaded-model.ts';
import type { PublishedValues } from '../api/published-values.ts';
import { publishedFor, publishedValues } from '../api/published-values.ts';
import type { PublishedSubject } from '../api/verify-published.ts';
import { verifyPublished } from '../api/verify-published.ts';
import type { ModelCheckpointConfig } from '../checkpoint/config.ts';
import { parseModelConfig } from '../checkpoint/config.ts';
import { openFolder } from '../checkpoint/open-folder.node.ts';
import type { ModelConfig } from '../engine/architecture.ts';
import type { WeightDtype } from '../engine/backend.ts';
import { UnsupportedError } from '../engine/errors.ts';
import type { SuiteRow } from '../oracle/index.ts';
import type { BackendName } from './backends.ts';
import { findModel } from './find-model.ts';
import { openModel } from './model-options.ts';
import type { OpenedModel } from './opened-model.ts';

export interface ModelVerification {
  /** Whose values they are: the folder may have another name. */
  readonly publishedOf: string;
  readonly dtype: string;
  readonly device: string;
  readonly rows: readonly SuiteRow[];
}

/**
 * Pulls the model if it is not here, and runs it in the numbers in which its values were published.
 * @throws Error when nothing is published about a model of these sizes; whatever keeps the model from being opened
 */
export async function verifyModel(spec: string, backend: BackendName, signal: AbortSignal): Promise<ModelVerification> {
  const check = ({ config }: ModelCheckpointConfig) => expectPublished(spec, config);
  const onConfig = (text: string) => void check(parseModelConfig(text, `config.json of ${spec}`));
  const found = await findModel(spec, signal, { onConfig });
  const published = check(await openFolder(found.path, folderOptions(found)));
  const opened = await openModel({ model: spec, backend, ...dtypeFor(backend, published) }, signal);
  try {
    const rows = await verifyPublished(subjectOf(opened), published, signal);
    const { dtype, device } = opened.model;
    return { publishedOf: published.id, dtype, device, rows };
  } finally {
    await opened.dispose();
  }
}

/** @throws Error when nothing is published about a model of these sizes */
function expectPublished(spec: string, config: ModelConfig): PublishedValues {
  const published = publishedFor(config);
  if (published !== undefined) return published;
  const known = publishedValues.map(({ id }) => id).join(', ');
  throw new Error(`--model expected one that has published values (${known}), got ${spec}, which has other sizes`);
}

/** GPUs hold no f16; the reference is float64 always. */
function dtypeFor(backend: BackendName, { dtype }: PublishedValues): { readonly dtype?: WeightDtype } {
  if (backend === 'reference') return {};
  return { dtype: backend === 'wasm' ? dtype : 'f32' };
}

function subjectOf(opened: OpenedModel): PublishedSubject {
  return {
    generate: (prompt, options) => opened.generate(prompt, options),
    async firstLogits(prompt) {
      if (!(opened instanceof LoadedModel)) {
        throw new UnsupportedError(`${opened.model.backend}: logits stay in the browser's page`);
      }
      await opened.model.reset();
      return opened.model.prefill(opened.tokenizer.encode(prompt).slice(0, 1));
    },
  };
}
