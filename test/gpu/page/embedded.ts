/**
 * The embedded model through the engine: its logits, its greedy text, and tokens that the device chooses itself. Runs in
 * Node and in a page; whoever calls says where its files are.
 */
import { bytesSource } from '../../../src/checkpoint/byte-source.ts';
import { parseConfig } from '../../../src/checkpoint/config.ts';
import { openSafetensors } from '../../../src/checkpoint/safetensors.ts';
import { fileWeights } from '../../../src/checkpoint/weight-source.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { createEngineModel } from '../../../src/engine/engine-model.ts';
import { tokensAhead } from '../../../src/engine/write-ahead.ts';
import { generateTokens } from '../../../src/generation/generate-tokens.ts';
import type { LanguageModel } from '../../../src/generation/language-model.ts';
import { gumbelNoise } from '../../../src/generation/noise.ts';
import type { Draw, Sampling } from '../../../src/generation/sampler.ts';
import { chooseToken } from '../../../src/generation/sampler.ts';
import { distance } from './distance.ts';
import { withEngine } from './engines.ts';
import type { Opening, Ran } from './open.ts';
import { openOnce } from './open.ts';
import { readModelFile } from './read-model-file.ts';

export interface EmbeddedCall {
  readonly open: Opening;
  readonly prompt: readonly number[];
  readonly tokens: number;
  /** Steps are one submission each. */
  readonly compiled?: boolean;
}

export interface EmbeddedAnswer extends Ran {
  /** After the prompt. */
  readonly logits: readonly number[];
  readonly tokens: readonly number[];
  /** Kernel calls of the last token. */
  readonly callsOfToken: number;
}

export async function readEmbedded({ open, prompt, tokens: count, compiled }: EmbeddedCall): Promise<EmbeddedAnswer> {
  const { ran, run } = await openEmbedded(open);
  return run(async (engine, calls) => {
    let logits = (await engine.read([prompt]))[0]!;
    const first = Array.from(logits);
    const tokens: number[] = [];
    let before = calls();
    for (;;) {
      tokens.push(logits.indexOf(logits.reduce((most, v) => Math.max(most, v))));
      if (tokens.length === count) break;
      before = calls();
      const id = tokens.at(-1)!;
      logits = (compiled ? await engine.step([id]) : await engine.read([[id]]))[0]!;
    }
    return { ...ran(), logits: first, tokens, callsOfToken: calls() - before };
  });
}

export interface AheadCall extends EmbeddedCall {
  /** 0 is greedy. */
  readonly temperature: number;
  readonly seed: number;
}

export interface AheadAnswer extends Ran {
  readonly writesAhead: boolean;
  /** Chosen on the device, {@link tokensAhead} a submission. */
  readonly ahead: readonly number[];
  /** Chosen here from the device's logits, token by token. */
  readonly expected: readonly number[];
  /** Largest difference of the state before the last submission from the state after it was undone. */
  readonly undone: number;
}

export async function writeAhead({ open, prompt, tokens, temperature, seed }: AheadCall): Promise<AheadAnswer> {
  const { ran, run, vocabSize: size } = await openEmbedded(open);
  const sampling = { temperature, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
  const draw: Draw = { sampling, size, seed, sequence: 0 };
  return run(async (engine) => {
    const expected = [...prompt];
    let logits = (await engine.read([prompt]))[0]!;
    while (expected.length < prompt.length + tokens) {
      expected.push(chooseToken(logits, expected, draw));
      logits = (await engine.read([[expected.at(-1)!]]))[0]!;
    }
    engine.reset();
    await engine.read([prompt.slice(0, -1)]);
    const ids = [...prompt];
    let before = await engine.state();
    while (ids.length < prompt.length + tokens) {
      before = await engine.state();
      const choice = { size, scale: 1 / (temperature || 1), noise: noiseOf(draw, ids.length) };
      ids.push(...(await engine.writeAhead([ids.at(-1)!], choice)).map(([id]) => id!));
    }
    engine.undoAhead();
    const undone = distance(before, await engine.state());
    const [ahead, wanted] = [ids.slice(prompt.length), expected.slice(prompt.length)];
    return { ...ran(), writesAhead: engine.writesAhead, ahead, expected: wanted, undone };
  });
}

export interface GenerateCall {
  readonly open: Opening;
  readonly prompt: readonly number[];
  readonly tokens: number;
  readonly sampling: Partial<Sampling>;
  readonly seed: number;
}

export interface GenerateAnswer extends Ran {
  /** As `generate` writes. */
  readonly tokens: readonly number[];
  /** Chosen here from the logits of one token after the other. */
  readonly expected: readonly number[];
  /** Steps of the model in the first of them: tokens that the device has not written. */
  readonly steps: number;
}

/** A text with and without tokens that the device writes ahead. */
export async function generateBothWays({ open, prompt, ...options }: GenerateCall): Promise<GenerateAnswer> {
  const { ran, run, vocabSize } = await openEmbedded(open);
  return run(async (engine) => {
    const text = async (own: Partial<LanguageModel>, model = createEngineModel(engine)) => {
      let steps = 0;
      const stepOfModel = model.step;
      const step = (id: number) => {
        steps++;
        return stepOfModel.call(model, id);
      };
      Object.assign(model, own, { step });
      const ids: number[] = [];
      const { tokens: maxTokens, sampling, seed } = options;
      for await (const id of generateTokens(model, vocabSize, prompt, { maxTokens, sampling, seed })) ids.push(id);
      return { ids, steps };
    };
    const { ids: tokens, steps } = await text({});
    const { ids: expected } = await text({ ahead: undefined });
    return { ...ran(), tokens, expected, steps };
  });
}

/** (tokensAhead, vocabSize): of the next positions; none for greedy. */
function noiseOf({ sampling, size, seed, sequence }: Draw, position: number): Float32Array | undefined {
  if (sampling.temperature === 0) return undefined;
  const noise = new Float32Array(tokensAhead * size);
  const every = Array.from({ length: size }, (_, id) => id);
  for (let k = 0; k < tokensAhead; k++) {
    noise.set(gumbelNoise({ seed, sequence, position: position + k }, every), k * size);
  }
  return noise;
}

async function openEmbedded(open: Opening) {
  const { backend, ran } = await openOnce(open);
  const { config } = parseConfig(new TextDecoder().decode(await readModelFile('config.json')), 'config.json');
  const file = await openSafetensors(bytesSource('model', await readModelFile('model.safetensors')));
  const source = await fileWeights(file, config);
  const run = <T>(work: (engine: Engine, calls: () => number) => Promise<T>) =>
    withEngine(backend, config, source, 1, (engine) => work(engine, () => backend.machine.calls));
  return { ran, run, vocabSize: config.vocabSize };
}
