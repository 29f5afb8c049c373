/**
 * GPT-Neo's memory of a text, its KV cache: the keys and values of every token in every layer.
 *
 * It takes 2·nLayer·hiddenSize numbers a token, for as long as the text goes on: 1.25 MiB a token here (float64) and
 * 320 KiB in fp16 for GPT-Neo-2.7B (32 layers of 2,560 columns), 640 MiB at its 2,048 positions. Mamba-2.8B keeps
 * nLayer·dInner·(dState + dConv − 1) numbers, 11.9 MiB in fp16, after one token as after a million. A local layer looks
 * at its window only and could drop the rest; this keeps all, as transformers does.
 */
import type { GptNeoConfig, GptNeoState } from './gpt-neo-types.ts';
import { expectShape, expectSize } from './shapes.ts';

/** The state of a model that has read nothing. */
export function emptyGptNeoState({ nLayer }: GptNeoConfig): GptNeoState {
  const layers = Array.from({ length: nLayer }, () => ({ k: new Float64Array(), v: new Float64Array() }));
  return { position: 0, layers };
}

/** @throws RangeError `"state.layers[1].k" expected length 12 (position 3 × hiddenSize 4), got 8` */
export function checkGptNeoState(config: GptNeoConfig, { position, layers }: GptNeoState): void {
  const { nLayer, hiddenSize } = config;
  expectSize('state.position', position);
  expectRoom(config, position, 0);
  if (layers.length !== nLayer) {
    throw new RangeError(`"state.layers" expected ${nLayer} layers (nLayer), got ${layers.length}`);
  }
  layers.forEach(({ k, v }, i) => {
    expectShape(`state.layers[${i}].k`, k, { position, hiddenSize });
    expectShape(`state.layers[${i}].v`, v, { position, hiddenSize });
  });
}

/**
 * There is a row of wpe for every token, and none beyond.
 * @throws RangeError `out of context: expected at most 64 tokens in all (maxPositions), got 60 read + 5 more`
 */
export function expectRoom({ maxPositions }: GptNeoConfig, position: number, more: number): void {
  if (position + more <= maxPositions) return;
  throw new RangeError(
    `out of context: expected at most ${maxPositions} tokens in all (maxPositions), got ${position} read + ${more} more`,
  );
}
