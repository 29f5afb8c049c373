/**
 * The Python examples besides what docs/check-your-backend.md prints of them: how they are called, what they refuse, and
 * in which dtype they read and write.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytesSource } from '../../../src/checkpoint/byte-source.ts';
import { openSafetensors } from '../../../src/checkpoint/safetensors.ts';
import { safetensorsBytes } from '../../../src/checkpoint/write-safetensors.ts';
import { selectiveScanCases } from '../../../src/oracle/vectors/cases-selective-scan.ts';
import { layouts } from '../../../src/oracle/vectors/layout.ts';
import { vectorFiles } from '../../../src/oracle/vectors/write-vectors.ts';
import { absent } from '../../gpu/required.ts';

const examples = fileURLToPath(new URL('../../../src/oracle/examples', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mamba-ts-python-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Short cases, in a folder a layout. */
beforeAll(async () => {
  const cases = [...selectiveScanCases(0, false)].filter(({ parameters }) => Number(parameters.seqLen) <= 33);
  for (const layout of layouts) {
    mkdirSync(join(folder, layout));
    const files = await vectorFiles(cases, { seed: 0, size: 'small', layout });
    for (const [name, bytes] of files) writeFileSync(join(folder, layout, name), bytes);
  }
}, 60_000);

function python(...args: string[]) {
  const env = { ...process.env, PYTHONPATH: examples };
  const { status, stdout, stderr } = spawnSync('python3', ['-B', ...args], { cwd: folder, env, encoding: 'utf8' });
  return { status, stdout, stderr };
}

const runner = (...args: string[]) => python(join(examples, 'run_vectors.py'), ...args);

/** Why modules are not here, if they are not. */
function lacking(modules: string): string | undefined {
  const { status, stderr } = python('-c', `import ${modules}`);
  return status === 0 ? undefined : (stderr ?? 'no python3').trim().split('\n').at(-1);
}

const reasons = { python3: lacking('numpy'), torch: lacking('numpy, torch') };

/** Leaves a test out, and says why, where what it needs is not here. */
function need(name: keyof typeof reasons, skip: (note?: string) => void): void {
  if (reasons[name] === undefined) return;
  expect(absent(name, reasons[name])).toBe(false);
  skip(reasons[name]);
}

test('the runner says how it is called, fails where something is off, and asks for the right layout', ({ skip }) => {
  need('python3', skip);
  expect(runner()).toMatchObject({ status: 2, stderr: expect.stringContaining('vectors results module') });
  expect(runner('upstream', 'r', 'scan_in_numpy').status).toBe(0);
  expect(runner('upstream', 'r', 'wrong_scan_in_numpy').status).toBe(1);
  const straight = runner('ours', 'r', 'scan_in_numpy');
  expect(straight).toMatchObject({ status: 1, stderr: expect.stringContaining('export with --layout upstream') });
  const narrow = runner('upstream', 'r', 'scan_in_numpy', '--inputs', 'bf16');
  expect(narrow).toMatchObject({ status: 2, stderr: expect.stringContaining('--inputs expected with --torch') });
});

test('the runner ends in one line where a folder, a module or a dtype is not what it should be', ({ skip }) => {
  need('python3', skip);
  writeFileSync(
    join(folder, 'whole.py'),
    'def selectiveScan(inputs, _):\n    return {"y": inputs["x"].astype("int64")}\n',
  );
  const lines = {
    'nowhere r scan_in_numpy':
      'expected a folder of `mamba-ts vectors export`, got nowhere, which has no manifest.json',
    'ours r no_such_module': "expected the module no_such_module to be found, got: No module named 'no_such_module'",
    'ours r whole': 'results expected as F64, F32, F16 or BF16, got int64',
  };
  for (const [call, line] of Object.entries(lines)) {
    expect(runner(...call.split(' '))).toMatchObject({ status: 1, stderr: `${line}\n` });
  }
});

test('the reader knows bfloat16', ({ skip }) => {
  need('python3', skip);
  const bytes = new Uint8Array(Uint16Array.of(0x3fc0, 0xc040).buffer); // 1.5, −3
  const tensors = [{ name: 'x', shape: [2], data: { dtype: 'BF16', bytes } } as const];
  writeFileSync(join(folder, 'b.safetensors'), safetensorsBytes(tensors));
  const code = "from vector_files import load_file; print(load_file('b.safetensors')['x'].tolist())";
  expect(python('-c', code).stdout).toBe('[1.5, -3.0]\n');
});

test.for([
  ['f32', 'F32', 'float32'],
  ['f16', 'F16', 'float16'],
  ['bf16', 'BF16', 'bfloat16'],
] as const)('tensors of %s are PyTorch’s, and come back as %s within their budgets', async (row, { skip }) => {
  const [inputs, dtype, name] = row;
  need('torch', skip);
  writeFileSync(
    join(folder, 'same_dtype.py'),
    [
      'from scan_in_torch import selectiveScan as scan',
      'def selectiveScan(inputs, parameters):',
      '    print("reads", inputs["x"].dtype, inputs["x"].device)',
      '    return scan(inputs, parameters)',
    ].join('\n'),
  );
  const { status, stdout } = runner('upstream', 'r', 'same_dtype', '--torch', 'cpu', '--inputs', inputs);
  expect([status, stdout]).toEqual([0, expect.stringContaining(' 0 outside of their budgets')]);
  expect(stdout).toContain(`reads torch.${name} cpu`);
  const { tensors } = await openSafetensors(bytesSource('r', readFileSync(join(folder, 'r'))));
  expect(tensors.get('selectiveScan/plain/y')!.dtype).toBe(dtype);
  expect(tensors.has('selectiveScan/wide/y')).toBe(false); // it has an initial state
  expect(tensors.has('selectiveScan/wide-plain/y')).toBe(inputs === 'f32');
});

test('results that require a gradient are taken too, and integers are refused in a sentence', ({ skip }) => {
  need('torch', skip);
  const code = [
    'import torch; from vector_files import stored',
    'print(stored(torch.ones(1, requires_grad=True)))',
    'print(stored(torch.ones(1, dtype=torch.bfloat16)))',
    'stored(torch.ones(1, dtype=torch.int32))',
  ];
  const { status, stdout, stderr } = python('-c', code.join('\n'));
  expect(stdout).toBe("('F32', array([1.], dtype=float32))\n('BF16', array([16256], dtype=int16))\n");
  expect([status, stderr]).toEqual([1, expect.stringContaining('results expected as one of F64, F32')]);
});
