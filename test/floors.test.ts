/**
 * The house stands: imports go down its floors, never up, and each floor keeps out what does not belong there.
 * The floors are described in CONTRIBUTING.md.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const upToEngine = ['src/reference', 'src/checkpoint', 'src/generation', 'src/engine'];
const upToBackends = [...upToEngine, 'src/hub', 'src/package-root.ts', 'src/tokenizer.ts', 'src/wasm', 'gpu'];

/** Each part of the house, and the parts it may import besides itself. The first one that matches a path counts. */
const parts: readonly { readonly part: string; readonly below: readonly string[] }[] = [
  { part: 'src/reference', below: [] },
  { part: 'src/package-root.ts', below: [] },
  { part: 'src/disk', below: [] },
  { part: 'src/checkpoint', below: ['src/reference', 'src/disk'] },
  { part: 'src/hub', below: ['src/disk'] },
  { part: 'src/tokenizer.ts', below: ['src/reference', 'src/tokenizer'] },
  { part: 'src/tokenizer', below: ['src/reference'] },
  { part: 'src/generation', below: ['src/reference', 'src/checkpoint', 'src/tokenizer.ts'] },
  { part: 'src/engine', below: ['src/reference', 'src/checkpoint', 'src/generation'] },
  { part: 'src/wasm', below: [...upToEngine, 'src/package-root.ts'] },
  { part: 'gpu', below: upToEngine },
  { part: 'src/oracle', below: [...upToEngine, 'src/wasm', 'gpu'] },
  { part: 'src/evaluate', below: [...upToEngine, 'src/tokenizer.ts'] },
  { part: 'src/api', below: [...upToBackends, 'src/oracle'] },
  { part: 'src/browser', below: [...upToBackends, 'src/oracle', 'src/api'] },
  { part: 'src/cli', below: [...upToBackends, 'src/disk', 'src/oracle', 'src/evaluate', 'src/api', 'src/browser'] },
];

/** The packages a part may import. Node's own modules: only in *.node.ts and in the command line. */
const packages: Readonly<Record<string, readonly string[]>> = {
  'src/tokenizer': ['@huggingface/tokenizers'],
  'src/cli': ['commander'],
  gpu: ['gpu.js'],
  'src/browser': ['playwright-core'],
  'src/evaluate': ['@observablehq/plot', 'linkedom'],
};

const files = ['src', 'gpu'].flatMap((folder) =>
  readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter((file) => file.endsWith('.ts')),
);

function partOf(path: string): string | undefined {
  return parts.find(({ part }) => path === part || path.startsWith(`${part}/`))?.part;
}

/** What a file imports or re-exports, types included: relative paths from the root, packages as they are. */
function importsOf(file: string): string[] {
  const text = readFileSync(`${root}/${file}`, 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? posix.normalize(posix.join(dirname(file), specifier)) : specifier,
  );
}

/** Why a file may not import something, or undefined if it may. */
function refusal(file: string, imported: string): string | undefined {
  const part = partOf(file)!;
  if (imported.startsWith('src/') || imported.startsWith('gpu/')) {
    const target = partOf(imported);
    const { below } = parts.find((one) => one.part === part)!;
    const allowed = target === part || (target !== undefined && below.includes(target));
    return allowed ? undefined : `${file} imports ${imported}, which is not below it`;
  }
  if (imported.startsWith('node:')) {
    const allowed = file.endsWith('.node.ts') || part === 'src/cli';
    return allowed ? undefined : `${file} imports ${imported} outside *.node.ts and the command line`;
  }
  return packages[part]?.includes(imported) ? undefined : `${file} imports the package ${imported}`;
}

test('every source file belongs to a floor', () => {
  expect(files.filter((file) => partOf(file) === undefined)).toEqual([]);
  expect(files.length).toBeGreaterThan(50);
});

test('imports go down, packages and node: stay where they belong', () => {
  const refusals = files.flatMap((file) => importsOf(file).map((imported) => refusal(file, imported)));
  expect(refusals.filter((reason) => reason !== undefined)).toEqual([]);
});

test('a file that runs in a browser imports no *.node.ts', () => {
  const offenders = files
    .filter((file) => !file.endsWith('.node.ts') && partOf(file) !== 'src/cli')
    .filter((file) => importsOf(file).some((imported) => imported.endsWith('.node.ts')));
  expect(offenders).toEqual([]);
});

test('the rules themselves refuse what they must', () => {
  expect(refusal('src/reference/linear.ts', 'src/checkpoint/config.ts')).toContain('not below it');
  expect(refusal('src/reference/linear.ts', 'node:fs')).toContain('outside *.node.ts');
  expect(refusal('src/reference/linear.ts', 'commander')).toContain('the package commander');
  expect(refusal('src/generation/score.ts', 'src/cli/main.ts')).toContain('not below it');
  expect(refusal('src/reference/linear.ts', 'src/reference/shapes.ts')).toBeUndefined();
  expect(importsOf('src/reference/linear.ts')).toContain('src/reference/shapes.ts');
  expect(relative(root, fileURLToPath(import.meta.url))).toBe('test/floors.test.ts');
});
