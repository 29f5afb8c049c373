/**
 * In a browser's Worker: the engine on the WASM backend reads the embedded model and generates.
 */
import { bytesSource } from '../../src/checkpoint/byte-source.ts';
import { parseConfig } from '../../src/checkpoint/config.ts';
import { openSafetensors } from '../../src/checkpoint/safetensors.ts';
import { fileWeights } from '../../src/checkpoint/weight-source.ts';
import { createEngineModel } from '../../src/engine/engine-model.ts';
import { loadEngine } from '../../src/engine/load-engine.ts';
import { generateTokens } from '../../src/generation/generate-tokens.ts';
import { createWasmBackend } from '../../src/wasm/backend.ts';
import { createWebHost } from '../../src/wasm/host.web.ts';

const folder = '/models/tiny-shakespeare';
const prompt = Array.from('ROMEO:', (letter) => letter.charCodeAt(0));

/** What the test wants to know. */
export interface Answer {
  readonly device: string;
  readonly isolated: boolean;
  readonly tokens: readonly number[];
  readonly error?: string;
}

async function run(threads: number): Promise<Answer> {
  const { config } = parseConfig(await (await fetch(`${folder}/config.json`)).text(), 'config.json');
  const bytes = new Uint8Array(await (await fetch(`${folder}/model.safetensors`)).arrayBuffer());
  const source = await fileWeights(await openSafetensors(bytesSource('model.safetensors', bytes)), config);
  const backend = await createWasmBackend(createWebHost(), { threads });
  const engine = await loadEngine(config, source, [{ backend, from: 0, to: config.nLayer }]);
  const tokens: number[] = [];
  const options = { maxTokens: 60, sampling: { temperature: 0 } };
  for await (const id of generateTokens(createEngineModel(engine), 256, prompt, options)) tokens.push(id);
  engine.dispose();
  return { device: backend.device, isolated: crossOriginIsolated, tokens };
}

addEventListener('message', ({ data: { threads } }: MessageEvent<{ readonly threads: number }>) => {
  run(threads).then(postMessage, (error: unknown) => postMessage({ error: String(error) }));
});
