/**
 * The trace of a published model, layer by layer, against the port.
 */
import { expect, test } from 'vitest';
import { loadFolder } from '../../../src/checkpoint/load-folder.node.ts';
import { embeddedTrace } from '../../../src/oracle/vectors/cases-trace.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import { embeddedFolder } from '../../embedded.ts';
import { portLogits } from './port-block.ts';
import { portOf } from './port-numbers.ts';

test('each layer of the embedded model, in float32, is within its trace', { timeout: 60_000 }, async () => {
  const { config, weights } = await loadFolder(embeddedFolder);
  const trace = await embeddedTrace({ config, weights });
  const ids = Array.from(trace.inputs.ids!.data);
  const named = (name: string): Float32Array | undefined => {
    const [, layer, field] = /^layers\.(\d+)\.(.*)$/.exec(name) ?? [];
    const place = layer === undefined ? weights : weights.layers[Number(layer)]!;
    const data = Reflect.get(place, field ?? name) as Float64Array | undefined;
    return data && Float32Array.from(data);
  };
  const cached = new Map<string, Float32Array | undefined>();
  const weightOf = (name: string) => {
    if (!cached.has(name)) cached.set(name, named(name));
    return cached.get(name);
  };
  const outputs = portLogits(config as never, weightOf, ids, portOf());
  const given = Object.fromEntries(
    Object.keys(trace.outputs).flatMap((key) =>
      outputs[key] ? [[key, { data: outputs[key], precision: 'f32' as const }]] : [],
    ),
  );
  const verdict = compareCase(
    { ...trace, outputs: Object.fromEntries(Object.keys(given).map((key) => [key, trace.outputs[key]!])) },
    given,
  );
  expect(verdict.failures).toEqual([]);
  expect(verdict.outputs.length).toBeGreaterThan(40);
  if (process.env.VECTOR_SEEDS !== undefined) process.stderr.write(`trace ${verdict.worst}\n`);
});
