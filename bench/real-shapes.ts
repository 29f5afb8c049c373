/**
 * The published sizes as real files: written with random weights, then loaded and continued by the built program, each in a
 * process of its own. What is measured: the file, the peak of resident memory, tokens a second, and what the machine's
 * memory would allow if reading the weights were all there is.
 *
 *   npm run build && npx tsx bench/real-shapes.ts FOLDER [SHAPE:FILE:DTYPE …]      2.8b:f32:q8_0 say; FOLDER takes ≥ 12 GB
 *
 * The peak is the kernel's (VmHWM in /proc), so this runs on Linux. A file stays until the next one is needed.
 */
import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { WritableDtype } from '../src/checkpoint/encode-floats.ts';
import { parameterCount } from '../src/checkpoint/parameter-count.ts';
import { tensorTable } from '../src/checkpoint/tensor-table.ts';
import { huggingFaceConfigText } from '../src/checkpoint/write-config.ts';
import { writeModel } from '../src/checkpoint/write-model.node.ts';
import type { WeightDtype } from '../src/engine/backend.ts';
import type { ShapeName } from '../src/engine/named-shapes.ts';
import { namedConfig } from '../src/engine/named-shapes.ts';
import { randomWeights } from '../src/engine/random-weights.ts';
import { weightBytes } from '../src/engine/resident-bytes.ts';

const all = ['130m:f32:f32', '370m:f32:f32', '790m:f32:f32', '1.4b:f32:bf16', '2.8b:f32:q8_0', '2.8b:bf16:q8_0'];
const [folder, ...chosen] = process.argv.slice(2);
if (folder === undefined) throw new Error('expected a folder for the files, got none');
const root = fileURLToPath(new URL('..', import.meta.url));

/** GB/s that a native loop reads with two threads: bench/stream.c, compiled here unless it is there already. */
async function measureBandwidth(): Promise<number> {
  const program = join(folder!, 'stream');
  const compile = ['-O3', '-march=native', '-pthread', join(root, 'bench/stream.c'), '-o', program];
  if (!(await stat(program).catch(() => undefined))) await promisify(execFile)('cc', compile);
  const { stdout } = await promisify(execFile)(program, ['2']);
  return Number(/[\d.]+/.exec(stdout)?.[0]);
}

async function writeFolder(shape: ShapeName, dtype: WritableDtype): Promise<string> {
  const path = join(folder!, `${shape}-${dtype}`);
  const weights = join(path, 'model.safetensors');
  if (await stat(weights).catch(() => undefined)) return path;
  for (const entry of all) {
    const [otherShape, otherDtype] = entry.split(':');
    await rm(join(folder!, `${otherShape}-${otherDtype!.toUpperCase()}`), { recursive: true, force: true });
  }
  await mkdir(path, { recursive: true });
  const config = namedConfig(shape);
  const described = { config, modelType: 'mamba', dialect: 'hugging-face', eosTokenIds: [] } as const;
  await writeFile(join(path, 'config.json'), huggingFaceConfigText(described, dtype));
  await copyFile(join(root, 'test/golden/gpt-neox-reduced.tokenizer.json'), join(path, 'tokenizer.json'));
  await writeModel(weights, config, randomWeights(config), dtype);
  return path;
}

interface Measured {
  readonly seconds: number;
  readonly peakBytes: number;
  readonly prefill: number;
  readonly decode: number;
  readonly tokens: number;
}

/** Runs `generate` and watches its memory. */
async function generate(model: string, dtype: string): Promise<Measured> {
  const prompt = 'Mamba is a state space model that reads a text of any length in linear time. '.repeat(8);
  const flags = ['--model', model, '--dtype', dtype, '--prompt', prompt, '--max-tokens', '32', '--temperature', '0'];
  const start = performance.now();
  const child = spawn(process.execPath, [join(root, 'dist/src/cli/main.js'), 'generate', ...flags, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peakBytes = 0;
  const watch = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    peakBytes = Math.max(peakBytes, 1024 * Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0));
  }, 50);
  let text = '';
  for await (const part of child.stdout) text += part;
  clearInterval(watch);
  const result = JSON.parse(text);
  return {
    ...{ seconds: (performance.now() - start) / 1000, peakBytes, tokens: result.tokens.length },
    ...{ prefill: result.prefillTokensPerSecond, decode: result.decodeTokensPerSecond },
  };
}

const bandwidth = await mkdir(folder, { recursive: true }).then(measureBandwidth);
console.log(`two threads read ${bandwidth} GB/s (bench/stream.c)\n`);
console.log('| shape | parameters | file | held as | peak | prefill, tokens/s | decode, tokens/s | bound |');
console.log('| --- | ---: | --- | --- | ---: | ---: | ---: | ---: |');
for (const entry of chosen.length > 0 ? chosen : all) {
  const [shape, file, dtype] = entry.split(':') as [ShapeName, 'f32' | 'bf16' | 'f16', WeightDtype];
  const model = await writeFolder(shape, file.toUpperCase() as WritableDtype);
  const { size } = await stat(join(model, 'model.safetensors'));
  const { peakBytes, prefill, decode } = await generate(model, dtype);
  const config = namedConfig(shape);
  let bytes = 0;
  for (const slot of tensorTable(config)) bytes += weightBytes(slot, dtype);
  const gigabytes = (value: number) => `${(value / 1e9).toFixed(2)} GB`;
  const row = [shape, parameterCount(config).toLocaleString('en'), `${file}, ${gigabytes(size)}`, dtype];
  const bound = (bandwidth * 1e9) / bytes;
  console.log(
    `| ${[...row, gigabytes(peakBytes), prefill.toFixed(1), decode.toFixed(2), bound.toFixed(1)].join(' | ')} |`,
  );
}
