/**
 * The selective copying task (paper, §3.1 and §4.1.1, Figure 2): a few data tokens lie scattered among noise; after
 * the noise, the model must say them again in order. Where they lie changes from sequence to sequence, so a model
 * whose dynamics do not depend on its input cannot tell what to keep.
 */

export interface CopyTask {
  /** Tokens before the answer, noise and data together. */
  readonly content: number;
  /** Data tokens to remember. */
  readonly remembered: number;
  /** Kinds of data tokens. */
  readonly alphabet: number;
}

export interface CopySequence {
  readonly ids: Int32Array; // (content + remembered)
  readonly targets: Int32Array;
  readonly tokenWeights: Float64Array; // 1/remembered where an answer is due, 0 elsewhere
}

export const noiseId = 0;
export const askId = 1;
const firstDataId = 2;

export function vocabSize({ alphabet }: CopyTask): number {
  return firstDataId + alphabet;
}

export function drawSequence({ content, remembered, alphabet }: CopyTask, random: () => number): CopySequence {
  const seqLen = content + remembered;
  const ids = new Int32Array(seqLen).fill(noiseId, 0, content).fill(askId, content);
  const targets = new Int32Array(seqLen);
  const tokenWeights = new Float64Array(seqLen).fill(1 / remembered, content);

  // Choose `remembered` of the `content` places, each subset equally likely, by walking over them once.
  let placed = 0;
  for (let t = 0; t < content; t++) {
    if (random() * (content - t) < remembered - placed) {
      ids[t] = firstDataId + Math.floor(random() * alphabet);
      targets[content + placed] = ids[t]!;
      placed++;
    }
  }
  return { ids, targets, tokenWeights };
}
