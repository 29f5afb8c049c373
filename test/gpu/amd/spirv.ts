/**
 * WebGL2's GLSL as SPIR-V. Bindings are counted by the compiler; plain uniforms, which Vulkan wants in a block, get the
 * one that compile-pipeline.c expects them at.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const uniforms = 31;

export type Stage = 'vert' | 'frag';

/**
 * Writes `path`.spv.
 * @throws Error with the compiler's words
 */
export async function compileToSpirv(path: string, stage: Stage, glsl: string): Promise<string> {
  const [text, spirv] = [`${path}.${stage}`, `${path}.spv`];
  // ES 3.10 is the first that Vulkan's rules exist for; nothing that GPU.js writes changes its meaning.
  await writeFile(text, glsl.replace('#version 300 es', '#version 310 es'));
  const bindings = ['--auto-map-locations', '--auto-map-bindings', '--shift-UBO-binding', String(uniforms)];
  await run('glslangValidator', ['-V', '-R', ...bindings, '-S', stage, text, '-o', spirv]).catch((error: unknown) => {
    throw new Error(`${text} expected to compile: ${(error as { readonly stdout?: string }).stdout ?? error}`);
  });
  return spirv;
}
