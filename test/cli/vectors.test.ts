/**
 * `vectors export` and `vectors check`: what is printed where, exit codes, and a sentence for whatever is handed in.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WritableTensor } from '../../src/checkpoint/write-safetensors.ts';
import { safetensorsBytes } from '../../src/checkpoint/write-safetensors.ts';
import { toBfloat16 } from '../../src/oracle/rounding.ts';
import { vectorCases } from '../../src/oracle/vectors/cases.ts';
import { biasedExp, portOf } from '../oracle/vectors/port-numbers.ts';
import { portResults } from '../oracle/vectors/write-results.ts';
import { runHere } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'mamba-ts-vectors-'));
const vectors = join(folder, 'vectors');
const results = join(folder, 'results.safetensors');
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  expect(await runHere(['vectors', 'export', vectors])).toMatchObject({ code: 0, stderr: '' });
}, 60_000);

const cases = [...vectorCases()];
const scans = cases.filter(({ operation }) => operation === 'scan');

/** Checks these tensors, or these bytes. */
function check(handedIn: readonly WritableTensor[] | Uint8Array, ...flags: string[]) {
  writeFileSync(results, handedIn instanceof Uint8Array ? handedIn : safetensorsBytes(handedIn));
  return runHere(['vectors', 'check', vectors, results, ...flags]);
}

/** What a right implementation hands in for the bare scan, each tensor changed. */
function scanTensors(change: (tensor: WritableTensor) => WritableTensor | undefined): WritableTensor[] {
  return scans.flatMap((one) =>
    Object.entries(one.outputs).flatMap(([key, { shape, value }]) => {
      return change({ name: `${one.name}/${key}`, shape, data: Float32Array.from(value) }) ?? [];
    }),
  );
}

const changed = (name: string, tensor: Partial<WritableTensor> | undefined) =>
  scanTensors((old) => (old.name !== name ? old : tensor && ({ ...old, ...tensor } as WritableTensor)));

interface DamagedCase {
  readonly name: string;
  readonly parameters: Record<string, unknown>;
  readonly inputs: { x?: unknown };
  readonly outputs: { readonly y: { readonly factor: object; axes?: unknown } };
}

interface Damaged {
  readonly cases: DamagedCase[];
  readonly u: object;
  readonly files: object;
  sha256?: unknown;
}

describe('vectors export', () => {
  test('writes the same bytes again, less than 5 MB of them', async () => {
    const files = ['manifest.json', 'inputs.safetensors', 'expected.safetensors'];
    const before = files.map((name) => readFileSync(join(vectors, name)));
    const { code, stdout } = await runHere(['vectors', 'export', vectors, '--json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { folder: vectors, seed: 0, size: 'small', layout: 'ours' }]);
    for (const [i, name] of files.entries())
      expect(Buffer.compare(readFileSync(join(vectors, name)), before[i]!)).toBe(0);
    expect(before.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(5e6);
  });

  test('the manifest says its format, its version and its rule', () => {
    const manifest = JSON.parse(readFileSync(join(vectors, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ format: 'mamba-ts vectors', version: 1, layout: 'ours', u: { f32: 2 ** -24 } });
    expect(manifest.cases.length).toBe(cases.length + 1);
  });

  test('a folder that cannot be is a sentence', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { code, stderr } = await runHere(['vectors', 'export', join(file, 'below')]);
    expect([code, stderr]).toEqual([1, expect.stringContaining('expected a folder to write vectors to')]);
  });
});

describe('vectors check', () => {
  test('passes a right port in every operation: a table on stdout, nothing on stderr', async () => {
    const { code, stdout, stderr } = await check(portResults(cases, portOf()));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^operation +cases +strict +gpu\ndiscretize +16 +0\.\d\d +0\.\d\d\nscan +24 +0\.\d\d +0\.\d\d\n/,
    );
    expect(stdout).toMatch(/\ntrace +– +– +– {2}not run\n/);
  });

  test('names the mistake of a wrong port and the line of the reference, and exits 3', async () => {
    const wrong = portResults(scans, portOf({ mistake: 'combine with its operands swapped' }));
    const { code, stdout, stderr } = await check(wrong);
    expect(code).toBe(3);
    expect(stdout).toMatch(/\nscan +24 .* 22 FAILED\n/);
    expect(stderr).toContain('"combine with its operands swapped" explains all 22 failing cases');
    const line = Number(/\(src\/reference\/monoid\.ts:(\d+)\)/.exec(stderr)![1]);
    const source = readFileSync(new URL('../../src/reference/monoid.ts', import.meta.url), 'utf8').split('\n');
    expect(source[line - 1]).toContain('combine: ([a0, b0], [a1, b1])');
  });

  test('--json prints one object with every case and every blame', async () => {
    const { code, stdout } = await check(portResults(scans, portOf({ mistake: 'a of the token before' })), '--json');
    const report = JSON.parse(stdout);
    expect([code, report.ok, report.cases.length]).toEqual([3, false, scans.length]);
    expect(report.blames).toMatchObject([{ operation: 'scan', mistake: 'a of the token before' }]);
    expect(report.declared).toEqual({ exp: 'strict', accumulation: 'f32', state: 'f32', inputs: 'f32' });
  });

  // Just below 1 an ulp is 2^−24: three of them are 1.5 × 2^−23.
  test('an exp of 3 ulp fails strict, passes as gpu, and is told apart from a wrong formula', async () => {
    const long = cases.filter(({ name }) => name === 'selectiveScan/impulse');
    const biased = portResults(long, portOf({ exp: biasedExp(3) }));
    const { code, stderr } = await check(biased, '--partial');
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/selectiveScan: "exp biased, by some 1\.\d × 2\^−23" explains the only failing case/),
    ]);
    expect(stderr).toContain('within them with --exp gpu: is exp less exact than 1 ulp?');
    expect((await check(biased, '--partial', '--exp', 'gpu')).code).toBe(0);
  });

  test('names the first intermediate that is off where no mistake fits', async () => {
    const blocks = cases.filter(({ operation }) => operation === 'block');
    const tensors = blocks.flatMap((one) =>
      Object.entries(one.outputs).map(([key, { shape, value }]) => {
        const off = ['delta', 'stepSize', 'y', 'out', 'h'].includes(key);
        return { name: `${one.name}/${key}`, shape, data: Float32Array.from(value, (v) => (off ? 1.25 * v : v)) };
      }),
    );
    const { code, stderr } = await check(tensors);
    expect(code).toBe(3);
    expect(stderr).toContain('block: no known mistake gives these numbers; first off: delta of block/mamba: dtProj');
  });

  test.each([
    [
      'a missing tensor',
      'scan/length-9/h',
      undefined,
      '"h" expected as tensor "scan/length-9/h" in the results, got no such tensor',
    ],
    ['another shape', 'scan/length-9/h', { shape: [3, 9] }, '"h" expected shape [9, 3], got [3, 9]'],
    [
      'integers',
      'scan/length-9/hLast',
      { data: new BigInt64Array(3) },
      '"hLast" expected dtype F64, F32, F16 or BF16, got I64',
    ],
    [
      'NaN everywhere',
      'scan/length-9/hLast',
      { data: new Float32Array(3).fill(NaN) },
      '3 of 3 are not finite where they should be',
    ],
    [
      'infinity',
      'scan/length-9/hLast',
      { data: Float32Array.of(Infinity, 0, 0) },
      '1 of 3 are not finite where they should be',
    ],
  ])('%s is a sentence and a failure', async (_, name, tensor, sentence) => {
    const { code, stderr } = await check(changed(name, tensor));
    expect(code).toBe(3);
    expect(stderr).toContain(`scan/length-9: `);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain('1 of 24 cases is outside of its budget');
  });

  test('float32 where float64 is declared is a sentence', async () => {
    const { code, stderr } = await check(
      scanTensors((tensor) => tensor),
      '--dtype',
      'f64',
    );
    expect([code, stderr]).toMatchObject([
      3,
      expect.stringContaining('expected dtype F64, since f64 is declared, got F32'),
    ]);
  });

  test('the true values in float64 pass as float64', async () => {
    const tensors = scans.flatMap((one) =>
      Object.entries(one.outputs).map(([key, { shape, value }]) => ({
        name: `${one.name}/${key}`,
        shape,
        data: value,
      })),
    );
    expect(await check(tensors, '--dtype', 'f64')).toMatchObject({ code: 0, stderr: '' });
  });

  test('a tensor that no case asks for is a mismatch, with --partial a note; many are counted', async () => {
    const strayOf = (i: number) => ({ name: `Scan/nothing/${i}`, shape: [1], data: new Float32Array(1) });
    const stray = strayOf(0);
    const all = [...scanTensors((tensor) => tensor), stray];
    const note = 'the results hold "Scan/nothing/0", which no case asks for\n';
    expect(await check(all, '--partial')).toMatchObject({ code: 0, stderr: note });
    const { code, stderr } = await check(all);
    expect([code, stderr.split('\n')]).toEqual([
      3,
      [note.trim(), expect.stringContaining('expected names that cases ask for, or --partial, got 1 that none'), ''],
    ]);
    const many = await check([...scanTensors((tensor) => tensor), ...[0, 1, 2, 3, 4].map(strayOf)], '--json');
    expect(JSON.parse(many.stdout)).toMatchObject({ ok: false, unknown: [0, 1, 2, 3, 4].map((i) => strayOf(i).name) });
    expect(many.stderr).toContain('"Scan/nothing/2", which no case asks for\nand 2 more; --json lists them\n');
    const alone = await check([{ ...stray, name: 'stray' }]);
    expect(alone).toMatchObject({ code: 3, stderr: expect.stringContaining('expected a tensor of some case') });
  });

  test('--partial leaves out cases of which there is nothing, and counts them', async () => {
    const some = scanTensors((tensor) => (tensor.name.startsWith('scan/length-9/') ? tensor : undefined));
    expect((await check(some)).code).toBe(3);
    const { code, stdout } = await check(some, '--partial');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/\nscan +1 +0\.00 +0\.00 {2}23 not offered\n/)]);
  });

  test('narrow inputs leave out the cases whose inputs are float32', async () => {
    const { code, stdout } = await check(portResults(cases, portOf()), '--inputs', 'bf16');
    expect([code, stdout]).toEqual([0, expect.stringContaining('left out: their inputs are float32')]);
  });

  test('results that are cut short or no safetensors, and vectors that are none, are one line each', async () => {
    writeFileSync(results, safetensorsBytes(scanTensors((tensor) => tensor)));
    truncateSync(results, 5000);
    const cut = await runHere(['vectors', 'check', vectors, results]);
    expect(cut).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/cut short\n$/) });
    const noise = await check(new TextEncoder().encode('not a safetensors file'));
    expect(noise).toMatchObject({ code: 1, stderr: expect.stringContaining('is this a safetensors file?') });
    const nowhere = await runHere(['vectors', 'check', folder, results]);
    expect(nowhere).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('expected the manifest of exported vectors'),
    });
    const missing = await runHere(['vectors', 'check', vectors, join(folder, 'none')]);
    expect([missing.code, missing.stderr.split('\n').length]).toEqual([1, 2]);
  });

  const text = () => readFileSync(join(vectors, 'manifest.json'), 'utf8');

  test.each([
    ['', 'expected JSON'],
    ['{"format": "else"}', 'expected "format": "mamba-ts vectors", got "else"'],
    ['{"format": "mamba-ts vectors", "version": 9}', 'expected "version": 1, got 9; export the vectors anew'],
    ['null', 'expected "format"'],
  ])('the manifest %j is a sentence', async (manifest, sentence) => {
    writeFileSync(join(folder, 'manifest.json'), manifest);
    const { code, stderr } = await runHere(['vectors', 'check', folder, results]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(sentence)]);
  });

  /** A damaged manifest beside the vectors' own files. */
  async function checkDamaged(change: (manifest: Damaged) => unknown) {
    const manifest = JSON.parse(text());
    change(manifest);
    const damaged = join(folder, 'damaged');
    cpSync(vectors, damaged, { recursive: true });
    writeFileSync(join(damaged, 'manifest.json'), JSON.stringify(manifest));
    const wrong = portResults(cases.slice(-20), portOf({ mistake: 'gate before D' }));
    writeFileSync(results, wrong);
    return runHere(['vectors', 'check', damaged, results, '--partial']);
  }

  test.each<[string, (one: DamagedCase, manifest: Damaged) => unknown, string]>([
    ['no parameters', (one) => Object.assign(one, { parameters: undefined }), 'with parameters'],
    ['an empty list of parameters', (one) => Object.assign(one, { parameters: {} }), 'the parameter "seqLen"'],
    ['a length of a billion', (one) => Object.assign(one.parameters, { seqLen: 1e9 }), 'cuSeqlens that go from 0'],
    [
      'bounds beyond the end',
      (one) => Object.assign(one.parameters, { cuSeqlens: [0, 1000] }),
      'cuSeqlens that go from 0',
    ],
    ['one state too many', (one) => Object.assign(one.parameters, { dState: 4 }), 'shapes of dState 4'],
    ['an input that is not there', (one) => delete one.inputs.x, 'the input "x"'],
    ['a factor of 1e300', (one) => Object.assign(one.outputs.y.factor, { strict: 1e300 }), 'factors in 0…1000'],
    ['a negative factor', (one) => Object.assign(one.outputs.y.factor, { gpu: -1 }), 'factors in 0…1000'],
    ['a factor that is a text', (one) => Object.assign(one.outputs.y.factor, { gpu: '1' }), 'factors in 0…1000'],
    ['no axes', (one) => delete one.outputs.y.axes, 'outputs that have tensor, axes and shape'],
    ['a dtype of states that is none', (one) => Object.assign(one, { narrowestState: 'f8' }), 'that is a dtype'],
    ['a name twice', (one) => Object.assign(one, { name: 'scan/length-0' }), 'a name of its own'],
    ['another unit roundoff', (_, manifest) => Object.assign(manifest.u, { f32: 1 }), 'expected "u": {'],
    ['other files', (_, manifest) => Object.assign(manifest.files, { expected: '../x' }), 'expected "files": {'],
    [
      'no checksums',
      (_, manifest) => delete manifest.sha256,
      'expected "sha256" of inputs, expected and manifest, got nothing',
    ],
    ['cases that are no list', (_, manifest) => Object.assign(manifest, { cases: 'abc' }), 'expected "cases": a list'],
  ])('a manifest with %s is refused in a sentence', async (_, change, sentence) => {
    const { code, stderr } = await checkDamaged((manifest) => {
      change(manifest.cases.find(({ name }) => name === 'selectiveScan/softplus')!, manifest);
    });
    expect([code, stderr]).toEqual([1, expect.stringContaining(sentence)]);
    expect(stderr.trimEnd().split('\n').length).toBe(1);
  });

  test('a bit that was changed after the export is noticed, in either file', async () => {
    for (const name of ['inputs.safetensors', 'expected.safetensors']) {
      const damaged = join(folder, 'flipped');
      cpSync(vectors, damaged, { recursive: true });
      const bytes = readFileSync(join(damaged, name));
      bytes[bytes.length - 100]! ^= 1;
      writeFileSync(join(damaged, name), bytes);
      const { code, stderr } = await runHere(['vectors', 'check', damaged, results]);
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/expected sha256 [0-9a-f]{64}, as the manifest says, got/),
      ]);
    }
  });

  test.each<[string, (one: DamagedCase, manifest: Damaged) => unknown]>([
    ['a factor that was raised', (one) => Object.assign(one.outputs.y.factor, { strict: 2 })],
    ['another note', (one) => Object.assign(one, { note: 'else' })],
    ['another seed', (_, manifest) => Object.assign(manifest, { seed: 1 })],
    ['another text of an operation', (_, manifest) => Object.assign(manifest, { operations: {} })],
    ['a case less', (_, manifest) => manifest.cases.pop()],
    ['a field of its own', (_, manifest) => Object.assign(manifest, { mine: 1 })],
  ])('a manifest with %s is noticed', async (_, change) => {
    const { code, stderr } = await checkDamaged((manifest) => {
      change(manifest.cases.find(({ name }) => name === 'selectiveScan/softplus')!, manifest);
    });
    const sentence =
      /manifest\.json: expected sha256 [0-9a-f]{64}, as the manifest says, got [0-9a-f]{64}; export the vectors/;
    expect([code, stderr]).toEqual([1, expect.stringMatching(sentence)]);
    expect(stderr.trimEnd().split('\n').length).toBe(1);
  });

  test('blanks and ends of lines in a manifest do not count', async () => {
    expect((await checkDamaged(() => {})).stderr).not.toContain('sha256');
  });

  test('results of another seed, or in another layout, are one sentence', async () => {
    for (const options of [
      ['--seed', '1'],
      ['--layout', 'upstream'],
    ]) {
      const other = join(folder, 'other');
      expect((await runHere(['vectors', 'export', other, ...options])).code).toBe(0);
      writeFileSync(results, portResults(cases, portOf()));
      const { code, stderr } = await runHere(['vectors', 'check', other, results]);
      const lines = stderr.trimEnd().split('\n');
      expect([code, lines.length, lines[0]]).toEqual([
        3,
        2,
        expect.stringContaining('are these the results of these vectors (seed'),
      ]);
    }
  });

  test('an error of a block alone is not put down to exp', async () => {
    const blocks = cases.filter(({ operation }) => operation === 'block');
    const slightly = blocks.flatMap((one) =>
      Object.entries(one.outputs).flatMap(([key, { shape, value, scale, factor, optional }]) => {
        const off = value.map((v, i) => v + 1.5 * factor.strict * 2 ** -24 * scale.strict[i]!);
        return optional ? [] : [{ name: `${one.name}/${key}`, shape, data: Float32Array.from(off) }];
      }),
    );
    const { code, stderr } = await check(slightly);
    expect([code, stderr]).toEqual([3, expect.not.stringContaining('--exp gpu')]);
  });

  test('inputs that were read as bfloat16 are told by the cases of 24 bits', async () => {
    const some = cases.filter(({ operation }) => operation === 'selectiveScan');
    const read = some.map((one) => ({
      ...one,
      inputs: Object.fromEntries(
        Object.entries(one.inputs).map(([key, input]) => [
          key,
          { ...input, data: input.data.map(toBfloat16) as Float32Array },
        ]),
      ),
    }));
    const { code, stderr } = await check(portResults(read, portOf()));
    expect([code, stderr]).toEqual([3, expect.stringContaining('all that fails has inputs of 24 bits')]);
    expect((await check(portResults(some, portOf()), '--inputs', 'bf16')).code).toBe(0);
  });

  test('flushed denormals: the report says that --exp gpu allows them', async () => {
    const flushed = cases.filter(({ name }) => name === 'selectiveScan/denormals');
    const zeros = flushed.flatMap((one) =>
      Object.entries(one.outputs).map(([key, { shape, value }]) => {
        return {
          name: `${one.name}/${key}`,
          shape,
          data: Float32Array.from(value, (v) => (Math.abs(v) < 2 ** -126 ? 0 : v)),
        };
      }),
    );
    const { code, stderr } = await check(zeros, '--partial');
    expect([code, stderr]).toEqual([3, expect.stringContaining('with --exp gpu: it allows flushed denormals')]);
    expect(stderr).toContain('Many GPUs flush them');
  });

  test('an unknown exp is a usage error', async () => {
    expect((await runHere(['vectors', 'check', vectors, results, '--exp', 'fast'])).code).toBe(2);
  });
});
