/**
 * Pulls in processes of their own, which can be killed: src/hub and src/disk as JavaScript in a folder, since a process that has to
 * compile TypeScript first takes a second to start.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { HubOptions } from '../../src/hub/index.node.ts';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

const program = `
import { pullModel } from './index.node.js';
const [spec, options] = process.argv.slice(2);
const { folder } = await pullModel(spec, JSON.parse(options));
process.stdout.write(folder);
`;

/** Writes the JavaScript there. @returns the program that pulls */
export async function compileHub(folder: string): Promise<string> {
  for (const part of ['hub', 'disk']) await compile(join(source, part), join(folder, part));
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await writeFile(join(folder, 'hub/pull.js'), program);
  return join(folder, 'hub/pull.js');
}

async function compile(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  for (const name of await readdir(from)) {
    const text = await readFile(join(from, name), 'utf8');
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: { ...compilerOptions, rewriteRelativeImportExtensions: true },
    });
    await writeFile(join(to, name.replace(/\.ts$/, '.js')), outputText);
  }
}

export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly output: string }>;
}

export function startPull(program: string, spec: string, { settings, timing }: HubOptions): Child {
  const child = spawn(process.execPath, [program, spec, JSON.stringify({ settings, timing })]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += part));
  const ended = new Promise<Awaited<Child['ended']>>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, output }));
  });
  return { process: child, ended };
}
