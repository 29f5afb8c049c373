/**
 * A kernel as a compiled plan has it: all its cells and matrices but the first cell are constants.
 */
import type { Gpu, GpuJs, HostInput, KernelSettings } from '../../gpu/gpu-js.ts';
import type { KernelDefinition, Parameter, withConstants } from '../../gpu/kernel-definition.ts';
import { matrixSide, tinyOperand } from './tiny-operands.ts';

const typeOf: Readonly<Record<Parameter, string>> = {
  ...{ cell: 'Input', matrix: 'Input', integer: 'Integer', float: 'Float' },
};

/** The result of a first call, flat. */
export async function callWithConstants(
  { input }: GpuJs,
  rewrite: typeof withConstants,
  gpu: Gpu,
  { source, parameters, functions }: KernelDefinition,
): Promise<Float32Array> {
  const operand = (place: number): HostInput | number => {
    const data = tinyOperand(parameters[place]!, place);
    if (typeof data === 'number') return data;
    return parameters[place] === 'matrix' ? transposedInput(input, data) : input(data, [data.length]);
  };
  const places = [...parameters.keys()];
  const free = parameters.indexOf('cell');
  const fixed = places.filter((place) => typeof operand(place) !== 'number' && place !== free);
  const kept = places.filter((place) => !fixed.includes(place));
  const settings: KernelSettings = {
    ...{ output: [4, 2, 1], precision: 'single', tactic: 'precision', pipeline: false, loopMaxIterations: 1000 },
    argumentTypes: kept.map((place) => typeOf[parameters[place]!]),
    constants: Object.fromEntries(fixed.map((place) => [`p${place}`, operand(place)])),
    functions,
  };
  const kernel = gpu.createKernel(rewrite(source.toString(), fixed), settings);
  const rows = (await kernel(...kept.map(operand))) as unknown as readonly (readonly Float32Array[])[];
  return Float32Array.from(rows.flat().flatMap((row) => [...row]));
}

/** w[column][row]: a row of the input is a column of the matrix. */
function transposedInput(input: GpuJs['input'], data: Float32Array): HostInput {
  const turned = data.map((_, i) => data[(i % matrixSide) * matrixSide + Math.floor(i / matrixSide)]!);
  return input(turned, [matrixSide, matrixSide]);
}
