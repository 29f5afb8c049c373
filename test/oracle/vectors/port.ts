/**
 * A port: an implementation of the vectors' operations in float32, that shares no code with the reference, the kernels or
 * the programs of blame. Right in every order; wrong where a mistake is named.
 */
import type { GivenOutputs } from '../../../src/oracle/vectors/compare-case.ts';
import type { VectorCase, VectorOperation } from '../../../src/oracle/vectors/vector-case.ts';
import { portBackward } from './port-backward.ts';
import { portBlock, portModel } from './port-block.ts';
import { portDiscretize } from './port-discretize.ts';
import type { Port } from './port-numbers.ts';
import type { Numbers } from './port-scan.ts';
import { portScanCase } from './port-scan.ts';
import { portConvCase, portRecurrence } from './port-small.ts';

const programs: { readonly [O in VectorOperation]?: (one: VectorCase, port: Port) => Numbers } = {
  discretize: portDiscretize,
  scan: portRecurrence,
  selectiveScan: portScanCase,
  selectiveScanBackward: portBackward,
  causalConv1d: portConvCase,
  block: portBlock,
  model: portModel,
};

/** What the port gives for a case: its outputs, and without `traced` none of its intermediates. */
export function runPort(one: VectorCase, port: Port, traced = false): GivenOutputs {
  const outputs = programs[one.operation]!(one, port);
  const names = Object.keys(one.outputs).filter((name) => traced || !one.outputs[name]!.optional);
  return Object.fromEntries(
    names.flatMap((name) => {
      const data = outputs[name];
      return data === undefined ? [] : [[name, { data, precision: 'f32' as const }]];
    }),
  );
}
