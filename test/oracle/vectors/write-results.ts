/**
 * What an implementation in another language would hand in: a safetensors file of results.
 */
import { safetensorsBytes } from '../../../src/checkpoint/write-safetensors.ts';
import type { GivenNumbers } from '../../../src/oracle/vectors/compare-case.ts';
import type { VectorCase } from '../../../src/oracle/vectors/vector-case.ts';
import { runPort } from './port.ts';
import type { Port } from './port-numbers.ts';

/** The port's results for cases in our layout. */
export function portResults(cases: Iterable<VectorCase>, port: Port, traced = false): Uint8Array {
  const tensors = Array.from(cases).flatMap((one) =>
    Object.entries(runPort(one, port, traced)).map(([key, given]) => {
      const { data } = given as GivenNumbers;
      return { name: `${one.name}/${key}`, shape: one.outputs[key]!.shape, data: Float32Array.from(data) };
    }),
  );
  return safetensorsBytes(tensors);
}
