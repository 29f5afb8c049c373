/**
 * The budgets against this project's own kernels and engine on WebAssembly: they pass, and no budget is more than twenty
 * times the error seen. With VECTOR_TABLE=1 the table is printed.
 */
import { afterAll, expect, test } from 'vitest';
import { loadFolder } from '../../../src/checkpoint/load-folder.node.ts';
import { UnsupportedError } from '../../../src/engine/errors.ts';
import { runsOf, withOutputs } from '../../../src/oracle/target-vectors/judge-target.ts';
import type { RunOutputs } from '../../../src/oracle/target-vectors/vector-run.ts';
import { vectorCases } from '../../../src/oracle/vectors/cases.ts';
import { embeddedModel, embeddedTrace } from '../../../src/oracle/vectors/cases-trace.ts';
import { compareCase } from '../../../src/oracle/vectors/compare-case.ts';
import type { VectorCase } from '../../../src/oracle/vectors/vector-case.ts';
import { createWasmTarget } from '../../../src/oracle/wasm-target.ts';
import { strictBackend } from '../../wasm/targets.ts';

const backend = await strictBackend();
const target = createWasmTarget(backend);
afterAll(() => backend.dispose());

/** Undefined for what the kernels do not offer. */
async function given(run: () => Promise<RunOutputs>): Promise<RunOutputs | undefined> {
  return run().catch((error: unknown) => {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  });
}

/** An intermediate of a block and of the trace counts as one kind: they are many, and each is small at times. */
function keyOf({ operation }: VectorCase, row: string, output: string, optional: boolean): string {
  if (operation === 'trace') return 'trace';
  return optional ? `${row} intermediates` : `${row} ${output}`;
}

/** Nothing rounds: results are the values, rounded to float32. */
const exact = /^causalConv1d state$/;

test('they pass, and every budget is within twenty times what they need', { timeout: 300_000 }, async () => {
  const worst: Record<string, number> = {};
  const counts: Record<string, number> = {};
  const traced = await loadFolder(embeddedModel);
  for (let seed = 0; seed < 5; seed++) {
    const cases = [...vectorCases({ seed }), ...(seed === 0 ? [await embeddedTrace(traced)] : [])];
    for (const one of cases) {
      for (const { row, gives, run } of runsOf(target, one, traced)) {
        const results = await given(run);
        if (seed === 0) counts[row] = (counts[row] ?? 0) + (results === undefined ? 0 : 1);
        if (results === undefined) continue;
        const asked = withOutputs(one, gives, results);
        const verdict = compareCase(asked, results);
        expect(verdict.failures, one.name).toEqual([]);
        for (const { output, worst: units } of verdict.outputs) {
          const key = keyOf(one, row, output, one.outputs[output]!.optional === true);
          worst[key] = Math.max(worst[key] ?? 0, units);
        }
      }
    }
  }
  if (process.env.VECTOR_TABLE !== undefined) process.stderr.write(`${JSON.stringify(worst, null, 1)}\n`);
  // What a kernel refuses must not become more.
  expect(counts).toEqual({
    ...{ discretize: 8, scanSequential: 24, scanBlelloch: 24, scanChunked: 0, causalConv1d: 14 },
    ...{ selectiveScan: 56, selectiveScanUnfused: 53, selectiveScanBackward: 20, block: 7, model: 10, trace: 1 },
  });
  expect(Object.entries(worst).filter(([key, units]) => units < 1 / 20 && !exact.test(key))).toEqual([]);
});
