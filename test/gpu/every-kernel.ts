/**
 * Compiles every kernel of one build of gpu/ in one mode, by a first call with tiny operands, and says what came of it:
 * an error, or the largest distance from plain JavaScript; on WebGL the shaders, too. Builds are given as modules, so
 * that the same check goes through the sources, dist/ and a minified bundle. Runs in Node and in a page.
 */
import type { definitions } from '../../gpu/definitions.ts';
import type { Gpu, GpuJs, GpuKernel } from '../../gpu/gpu-js.ts';
import type { KernelDefinition, Parameter, withConstants } from '../../gpu/kernel-definition.ts';
import type { GpuMachine } from '../../gpu/machine.ts';
import type { GpuMode } from '../../gpu/modes.ts';
import { callWithConstants } from './constant-form.ts';
import { expectedNumbers, matrixSide, tinyOperand } from './tiny-operands.ts';

/** The parts of gpu/ that make and run kernels. */
export interface KernelBuild {
  readonly GpuMachine: typeof GpuMachine;
  readonly definitions: typeof definitions;
  readonly withConstants: typeof withConstants;
}

export interface Compiled {
  readonly kernel: string;
  /** Absent when it ran. */
  readonly error?: string | undefined;
  /** |result − expected| / (1 + |expected|), at most; −1 with an error. */
  readonly distance: number;
  readonly vertexShader?: string | undefined;
  readonly fragmentShader?: string | undefined;
}

/**
 * In which form: as the machine mostly calls them · those that use a depth with a result that has none, which folds it on
 * WebGL · with their cells as constants, as a plan has them.
 */
export type Form = 'called' | 'without depth' | 'constants';

const limits = { textureSide: 4096, bufferLength: 2 ** 20 };

export async function compileEvery(js: GpuJs, build: KernelBuild, mode: GpuMode, form: Form): Promise<Compiled[]> {
  const compiled: Compiled[] = [];
  const made: GpuKernel[] = [];
  const machine = new build.GpuMachine(watched(js, made), mode, limits);
  const operandOf = await residentOperands(machine);
  const every: readonly KernelDefinition[] = Object.values(build.definitions);
  for (const definition of form === 'without depth' ? every.filter(usesDepth) : every) {
    const { name, parameters } = definition;
    const sides: Sides = form === 'called' && usesDepth(definition) ? [4, 2, 2] : [4, 2, 1];
    const length = sides[0] * sides[1] * sides[2];
    made.length = 0;
    const run = async () => {
      if (form === 'constants') return callWithConstants(js, build.withConstants, machine.gpu, definition);
      const result = machine.call(name as KernelName, sides, ...parameters.map(operandOf));
      return machine.read(result, 0, length);
    };
    try {
      const distance = distanceOf(await run(), expectedNumbers(definition, sides));
      const { compiledVertexShader: vertexShader, compiledFragmentShader: fragmentShader } = made[0]?.kernel ?? {};
      compiled.push({ kernel: name, distance, vertexShader, fragmentShader });
    } catch (error) {
      compiled.push({ kernel: name, distance: -1, error: String(error).slice(0, 240) });
    }
  }
  await machine.dispose();
  return compiled;
}

type KernelName = Parameters<GpuMachine['call']>[0];
type Sides = readonly [number, number, number];

/** GPU.js with every kernel that is made noted down. */
function watched(js: GpuJs, made: GpuKernel[]): GpuJs {
  class WatchedGpu extends js.GPU {
    override createKernel(...settings: Parameters<Gpu['createKernel']>): GpuKernel {
      const kernel = super.createKernel(...settings);
      made.push(kernel);
      return kernel;
    }
  }
  return { GPU: WatchedGpu, input: js.input };
}

/** Operands on the device; what uploads them and reads results is compiled before anything else. */
async function residentOperands(machine: GpuMachine) {
  const matrix = machine.uploadMatrix(tinyOperand('matrix', 0) as Float32Array, matrixSide, matrixSide);
  const places = Array.from({ length: mostCells }, (_, place) => place);
  const cells = places.map((place) => machine.upload(tinyOperand('cell', place) as Float32Array));
  await machine.read(cells[0]!, 0, 1);
  return (parameter: Parameter, place: number) => {
    if (parameter === 'matrix') return matrix;
    return parameter === 'cell' ? cells[place]! : (tinyOperand(parameter, place) as number);
  };
}

/** Cells come first in a kernel's parameters; there are at most eight buffers, one of them the result. */
const mostCells = 8;

function usesDepth({ source }: KernelDefinition): boolean {
  return /\bthis\.thread\.z\b/.test(source.toString());
}

/** Where JavaScript gives no finite number, operands lead outside of a cell or GLSL leaves the answer open. */
function distanceOf(numbers: Float32Array, expected: readonly number[]): number {
  const distance = (value: number, i: number) => Math.abs(numbers[i]! - value) / (1 + Math.abs(value));
  const most = Math.max(...expected.map((value, i) => (Number.isFinite(value) ? distance(value, i) : 0)));
  if (Number.isFinite(most)) return most;
  throw new RangeError(`expected ${expected.join(' ')}, got ${numbers.join(' ')}`);
}
