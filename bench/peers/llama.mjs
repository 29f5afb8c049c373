/**
 * Times llama.cpp (node-llama-cpp) on one GGUF file and prints one JSON object. Run by compare.ts, which installs it.
 *
 *   node llama.mjs MODEL.gguf PROMPT_LENGTH GEN_LENGTH THREADS REPEATS
 */
import { getLlama } from 'node-llama-cpp';

const [file, promptLength, genLength, threads, repeats] = process.argv
  .slice(2)
  .map((arg, i) => (i === 0 ? arg : Number(arg)));
const llama = await getLlama({
  gpu: false,
  build: 'never',
  progressLogs: false,
  logLevel: 'error',
  maxThreads: threads,
});
const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
const context = await model.createContext({ contextSize: 2048, batchSize: 512, threads });
const sequence = context.getSequence();
const prompt = Array.from({ length: promptLength }, (_, t) => (100 + t * 7919) % 50277);
const prefill = [];
const decode = [];
for (let run = 0; run <= repeats; run++) {
  await sequence.clearHistory();
  const start = performance.now();
  await sequence.evaluateWithoutGeneratingNewTokens(prompt);
  const middle = performance.now();
  let tokens = 0;
  for await (const _ of sequence.evaluate([5], { temperature: 0, yieldEogToken: true }))
    if (++tokens >= genLength) break;
  const end = performance.now();
  if (run === 0) continue; // warm-up
  prefill.push((promptLength / (middle - start)) * 1000);
  decode.push((tokens / (end - middle)) * 1000);
}
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
console.log(JSON.stringify({ prefillTokensPerSecond: median(prefill), decodeTokensPerSecond: median(decode) }));
process.exit(0);
