/**
 * What the AMD check needs of a machine, none of it an AMD card: a compiler from GLSL to SPIR-V, Mesa's RADV, a browser
 * that computes in software, and a C compiler for the program between them.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBrowser } from '../../../src/browser/find-browser.node.ts';

const icds = '/usr/share/vulkan/icd.d';
const source = fileURLToPath(new URL('compile-pipeline.c', import.meta.url));

/** The file by which Vulkan's loader finds RADV. */
export function radvDriver(): string | undefined {
  if (!existsSync(icds)) return undefined;
  const name = readdirSync(icds).find((file) => /^radeon_icd\..*json$/.test(file));
  return name === undefined ? undefined : join(icds, name);
}

/** What is missing, with the package of Debian that has it; empty when nothing is. */
export function missingTools(): readonly string[] {
  const missing: string[] = [];
  if (!runs('glslangValidator', '--version')) missing.push('glslangValidator (glslang-tools)');
  if (!runs('gcc', '--version')) missing.push('gcc (gcc)');
  if (!existsSync('/usr/include/vulkan/vulkan.h')) missing.push("Vulkan's headers (libvulkan-dev)");
  if (radvDriver() === undefined) missing.push('the RADV driver (mesa-vulkan-drivers)');
  try {
    findBrowser();
  } catch {
    missing.push('a browser (chromium)');
  }
  return missing;
}

/** Compiles the C program into a folder; its path. */
export function buildPipelineCompiler(folder: string): string {
  const program = join(folder, 'compile-pipeline');
  execFileSync('gcc', ['-O1', '-Wall', '-Werror', '-o', program, source, '-lvulkan']);
  return program;
}

function runs(command: string, ...words: string[]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
