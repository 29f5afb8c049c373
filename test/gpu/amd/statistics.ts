/**
 * What AMD's compiler says of every shader, for five families of chips. Estimates are the compiler's own (aco_statistics.cpp
 * in Mesa): a loop has eight turns, one inside it four, a branch for the whole wave is taken every second time.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { compileToSpirv } from './spirv.ts';
import { buildPipelineCompiler, radvDriver } from './tools.ts';

const run = promisify(execFile);

/** RADV's names. */
export const families = {
  Polaris: 'polaris10',
  Vega: 'vega20',
  'RDNA 1': 'navi10',
  'RDNA 2': 'navi21',
  'RDNA 3': 'gfx1100',
} as const;

export type Family = keyof typeof families;

export const familyNames = Object.keys(families) as readonly Family[];

export interface KernelShader {
  readonly kernel: string;
  readonly vertexShader: string;
  readonly fragmentShader: string;
}

/** A fragment shader's machine code. */
export interface Statistics {
  readonly kernel: string;
  readonly family: Family;
  readonly vgprs: number;
  readonly sgprs: number;
  readonly spilled: number;
  /** Waves that a SIMD can hold at once, as the driver counts them. */
  readonly waves: number;
  readonly codeBytes: number;
  readonly instructions: number;
  /** Cycles from the first instruction of a wave to its last, waiting for memory included; an estimate. */
  readonly latency: number;
  /** Cycles that a wave keeps a SIMD busy; an estimate. */
  readonly cycles: number;
}

/** @throws Error when a shader does not compile, naming kernel and family */
export async function amdStatistics(shaders: readonly KernelShader[]): Promise<readonly Statistics[]> {
  const folder = await mkdtemp(join(tmpdir(), 'mamba-amd-'));
  try {
    const program = buildPipelineCompiler(folder);
    const vertex = await compileToSpirv(join(folder, 'vertex'), 'vert', shaders[0]!.vertexShader);
    const fragments: string[] = [];
    for (const { kernel, fragmentShader } of shaders) {
      fragments.push(await compileToSpirv(join(folder, kernel), 'frag', fragmentShader));
    }
    const all: Statistics[] = [];
    for (const family of familyNames) all.push(...(await statisticsOf(family, program, [vertex, ...fragments])));
    return all;
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function statisticsOf(family: Family, program: string, modules: readonly string[]): Promise<Statistics[]> {
  const env = { ...process.env, RADV_FORCE_FAMILY: families[family], VK_ICD_FILENAMES: radvDriver() };
  const { stdout } = await run(program, [...modules], { env, maxBuffer: 2 ** 24 });
  const [device, ...lines] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  if (!device?.device?.toLowerCase().includes(families[family])) {
    throw new Error(`expected RADV's null device for ${families[family]}, got ${device?.device}`);
  }
  return lines.map(({ shader, error, statistics: found }) => {
    const kernel = basename(shader!, '.spv');
    if (found === undefined) throw new Error(`${kernel} expected to compile for ${family}: ${error}`);
    const number = (name: string) => {
      const value = found[name];
      if (value === undefined) throw new Error(`the driver expected to say "${name}", got ${Object.keys(found)}`);
      return value;
    };
    return {
      ...{ kernel, family, vgprs: number('VGPRs'), sgprs: number('SGPRs') },
      spilled: number('Spilled VGPRs') + number('Spilled SGPRs'),
      ...{ waves: number('Subgroups per SIMD'), codeBytes: number('Code size'), instructions: number('Instructions') },
      ...{ latency: number('Latency'), cycles: number('Inverse Throughput') },
    };
  });
}

interface Line {
  readonly device?: string;
  readonly shader?: string;
  readonly error?: string;
  readonly statistics?: Readonly<Record<string, number>>;
}
