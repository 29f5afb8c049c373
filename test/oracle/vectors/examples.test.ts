/**
 * docs/check-your-backend.md holds: its commands run as they stand there and print what stands there, but for digits.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import { mistakeNames } from '../../../src/oracle/blame/mistakes.ts';
import { absent } from '../../gpu/required.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const page = readFileSync(join(root, 'docs/check-your-backend.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'mamba-ts-examples-'));
symlinkSync(join(root, 'src/oracle/examples'), join(folder, 'examples'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Why a program is not here, if it is not. */
function lacking(program: string, ...args: string[]): string | undefined {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? undefined : (error?.message ?? stderr.trim().split('\n').at(-1));
}

const reasons: Readonly<Record<string, string | undefined>> = {
  python3: lacking('python3', '-c', 'import numpy'),
  torch: lacking('python3', '-c', 'import numpy, torch'),
  cc: lacking('cc', '--version'),
};

/** Each command of a block with the lines that it prints. */
function commandsOf(block: string): { command: string; printed: string }[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const end = text.indexOf('\n');
      return { command: text.slice(0, end), printed: text.slice(end + 1) };
    });
}

const blocks = [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block]) => commandsOf(block!));

/** What a block needs: PyTorch, Python or a C compiler. */
function neededBy(commands: readonly { readonly command: string }[]): string {
  if (commands.some(({ command }) => command.includes('--torch'))) return 'torch';
  return ['python3', 'cc'].find((name) => commands.some(({ command }) => command.startsWith(name)))!;
}

/** Digits behind a point depend on the machine's exp, and so does which element is worst. */
function rough(text: string): string {
  return text.replace(/-?\d+\.\d+(e[+-]?\d+)?/g, '#').replace(/\(t=\d+, d=\d+\)/g, '(t, d)');
}

function run(command: string): string {
  const main = join(root, 'src/cli/main.ts');
  const loader = join(root, 'node_modules/tsx/dist/loader.mjs');
  const mamba = `mamba-ts() { "${process.execPath}" --import "${loader}" "${main}" "$@"; }`;
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', NO_COLOR: '1' };
  const { stdout } = spawnSync('bash', ['-c', `exec 2>&1\n${mamba}\n${command}`], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return stdout;
}

test('there are commands with Python and with C', () => {
  const commands = blocks.flat().map(({ command }) => command);
  for (const start of ['mamba-ts', 'python3', 'cc']) expect(commands.some((one) => one.startsWith(start))).toBe(true);
});

describe.each(blocks.map((commands, i) => ({ i, commands })))('block $i', ({ commands }) => {
  const needed = neededBy(commands);
  test(`runs with ${needed} and prints what it says`, { timeout: 60_000 }, ({ skip }) => {
    if (reasons[needed] !== undefined) {
      expect(absent(needed, reasons[needed])).toBe(false);
      skip(`${needed}: ${reasons[needed]}`);
    }
    for (const { command, printed } of commands) expect(rough(run(command)), command).toBe(rough(printed));
  });
});

test('the page counts the known mistakes', () => {
  expect(page).toContain(`${mistakeNames.length} are known`);
});

test('the C sketch compiles without a warning', ({ skip }) => {
  if (absent('cc', reasons.cc) || reasons.cc !== undefined) skip(reasons.cc);
  const args = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-O2', 'examples/scan_vectors.c', '-o', 'strict'];
  execFileSync('cc', args, { cwd: folder });
});

test('the TypeScript is what a strict compiler accepts, as it stands there', { timeout: 120_000 }, () => {
  const [, code] = /^```ts\n([\s\S]*?)^```$/m.exec(page)!;
  const file = join(root, 'test/oracle/vectors/page-example.ts'); // in memory alone
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, types: ['node'] },
    ...{ target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'] },
    ...{
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      paths: { 'mamba-ts/oracle': [join(root, 'src/oracle/index.ts')] },
    },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, version, ...rest) =>
    name === file ? ts.createSourceFile(name, code!, version) : getSourceFile.call(host, name, version, ...rest);
  const program = ts.createProgram([file], options, host);
  const problems = program.getSemanticDiagnostics(program.getSourceFile(file));
  expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([]);
});

test('the TypeScript runs and prints what its comments say', () => {
  const [, code] = /^```ts\n([\s\S]*?)^```$/m.exec(page)!;
  const index = JSON.stringify(new URL('../../../src/oracle/index.ts', import.meta.url).href);
  writeFileSync(join(folder, 'block.mts'), code!.replace("'mamba-ts/oracle'", index));
  const args = ['--import', 'tsx', join(folder, 'block.mts')];
  const printed = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const promised = [...code!.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, value]) => value!);
  expect(printed.trimEnd().split('\n')).toEqual(promised);
});
