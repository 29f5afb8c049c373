/**
 * The documents hold: their code runs, their commands are understood, their links lead somewhere.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'bench/README.md',
  'docs/check-your-backend.md',
  'models/tiny-shakespeare/README.md',
  'test/golden/README.md',
];
const readme = readFileSync(join(root, 'README.md'), 'utf8');

function blocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, l]) => l === language)
    .map(([, , code]) => code!);
}

describe("the README's TypeScript", () => {
  const code = blocks('ts');

  test('there is some', () => expect(code.length).toBeGreaterThan(0));

  test.each(code)('block %# runs and prints what its comments say', (block) => {
    const folder = mkdtempSync(join(tmpdir(), 'mamba-ts-readme-'));
    try {
      const source = (file: string) => JSON.stringify(new URL(`../src/${file}`, import.meta.url).href);
      const code = block
        .replace("'mamba-ts'", source('reference/index.ts'))
        .replace("'mamba-ts/engine'", source('api/index.node.ts'));
      writeFileSync(join(folder, 'block.mts'), code);
      const args = ['--import', 'tsx', join(folder, 'block.mts')];
      const printed = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
      // A comment behind a console.log that looks like a value is what it prints.
      const promised = [...block.matchAll(/^console\.log\(.*\); \/\/ ([[{].*)$/gm)].map(([, value]) => value!);
      expect(promised.length).toBeGreaterThan(0);
      for (const value of promised) expect(printed.split('\n')).toContain(value);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the README's commands", () => {
  const commands = blocks('sh').flatMap((block) => block.trim().split('\n'));
  const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts;

  test('npm scripts exist', () => {
    const names = commands.flatMap((command) => /^npm (?:run )?(start|test|\w+:?\w*)/.exec(command)?.[1] ?? []);
    expect(names).toContain('start');
    expect(names.filter((name) => name !== 'ci' && !(name in scripts))).toEqual([]);
  });

  // What generates is run, but for few tokens; scoring takes minutes, so its file is looked for.
  const generating = commands.filter((command) => /^npm start/.test(command));
  test.each(generating)('%s', (command) => {
    const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!).slice(3);
    const cli = [join(root, 'src/cli/main.ts'), 'generate', ...args, '--max-tokens', '3'];
    const text = execFileSync(process.execPath, ['--import', 'tsx', ...cli], {
      cwd: root,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(text).toContain(args.includes('--prompt') ? args[args.indexOf('--prompt') + 1] : 'ROMEO:');
  });

  test('files that they name exist', () => {
    const named = commands.flatMap((command) => command.match(/\b[\w-]+\/[\w./-]+\.\w+/g) ?? []);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

test.each(documents)('every relative link of %s leads to a file', (document) => {
  const text = readFileSync(join(root, document), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#\s]+)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^https?:/.test(link));
  const missing = links.filter((link) => !existsSync(join(root, dirname(document), link)));
  expect(missing).toEqual([]);
});
