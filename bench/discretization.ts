/**
 * What the discretization of B changes: the embedded model, trained with B̄ = Δ·B, run with either rule.
 *
 *   npx tsx bench/discretization.ts [WINDOWS]      default 64 windows of 256 bytes of its validation text
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadFolder } from '../src/checkpoint/load-folder.node.ts';
import { crossEntropy } from '../src/reference/cross-entropy.ts';
import { mambaModelForward, mambaModelLogits } from '../src/reference/mamba-model.ts';
import type { Discretization } from '../src/reference/types.ts';

const context = 256;
const windows = Number(process.argv[2] ?? 64);
const folder = fileURLToPath(new URL('../models/tiny-shakespeare/', import.meta.url));
const bytes = readFileSync(`${folder}/validation.txt`); // a byte is a token
const { config, weights } = await loadFolder(folder);

const nats: Record<Discretization, number> = { mamba: 0, zoh: 0 };
let tokens = 0;
let sameChoice = 0;
let difference = 0;
for (let w = 0; w < windows; w++) {
  const ids = bytes.subarray(w * context, (w + 1) * context);
  const targets = bytes.subarray(w * context + 1, (w + 1) * context + 1);
  const dims = { rows: ids.length, vocabSize: config.vocabSize };
  const logitsBy = (discretization: Discretization) => {
    const { hidden } = mambaModelForward({ ...config, discretization }, weights, ids);
    const logits = mambaModelLogits(config, weights, hidden);
    for (const loss of crossEntropy(dims, logits, targets)) nats[discretization] += loss;
    return logits;
  };
  const [mamba, zoh] = [logitsBy('mamba'), logitsBy('zoh')];
  for (let t = 0; t < dims.rows; t++) {
    const row = (logits: Float64Array) => logits.subarray(t * dims.vocabSize, (t + 1) * dims.vocabSize);
    const choice = (logits: Float64Array) => logits.indexOf(Math.max(...logits));
    if (choice(row(mamba)) === choice(row(zoh))) sameChoice++;
    tokens++;
  }
  difference += mamba.reduce((sum, logit, i) => sum + (logit - zoh[i]!) ** 2, 0) / dims.vocabSize;
}

console.log(`Node ${process.version}, reference (float64), ${windows} windows of ${context} bytes\n`);
console.log('| | B̄ = Δ·B, as trained | zero-order hold |');
console.log('| --- | ---: | ---: |');
console.log(`| loss, nats per byte | ${(nats.mamba / tokens).toFixed(4)} | ${(nats.zoh / tokens).toFixed(4)} |`);
console.log(`| root mean square change of a logit | – | ${Math.sqrt(difference / tokens).toFixed(3)} |`);
console.log(`| same most likely byte | – | ${((100 * sameChoice) / tokens).toFixed(1)} % |`);
