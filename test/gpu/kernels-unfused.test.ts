/**
 * The selective scan through memory against the fused one, and the bytes that both move, counted once more from the calls
 * that the machine is given.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Traffic } from '../../gpu/operations/scan-traffic.ts';
import { bytesOfSelectiveScan, trafficOfFused, trafficOfUnfused } from '../../gpu/operations/scan-traffic.ts';
import { inputOf } from '../../src/oracle/operations/selective-scan.ts';
import { problemOf } from '../../src/oracle/operations.ts';
import { expectIdentical } from '../compare.ts';
import { seededGrid } from '../reference/seeded-grid.ts';
import type { Headless } from './headless.ts';
import { expectHeadless, openHeadless } from './headless.ts';

const opened = await openHeadless();

/** Every optional operand there, three sequences, several chunks. */
function full({ seqLen = 37, dInner = 6, dState = 5, groups = 2 } = {}) {
  const take = seededGrid(7);
  const numbers = (length: number) => Float32Array.from(take(length));
  const perToken = seqLen * groups * dState;
  return {
    ...{ seqLen, dInner, dState, groups, cuSeqlens: [0, 9, 9, seqLen], deltaSoftplus: true },
    ...{ x: numbers(seqLen * dInner), delta: numbers(seqLen * dInner), z: numbers(seqLen * dInner) },
    ...{ A: numbers(dInner * dState).map((a) => -Math.abs(a)), B: numbers(perToken), C: numbers(perToken) },
    ...{ D: numbers(dInner), deltaBias: numbers(dInner), h0: numbers(3 * dInner * dState) },
  };
}

/** Each call's operands and result, in full, absent ones left out. */
async function callsOf({ machine }: Headless, run: () => Promise<unknown>): Promise<Traffic[]> {
  const calls: Traffic[] = [];
  const call = machine.call;
  machine.call = (kernel, shape, ...operands) => {
    const result = call.call(machine, kernel, shape, ...operands);
    const read = operands.map((operand) =>
      typeof operand === 'number' || operand === machine.nothing() ? 0 : operand.length,
    );
    calls.push({ kernel, bytes: 4 * [...read, result.length].reduce((sum, length) => sum + length, 0) });
    return result;
  };
  await run().finally(() => {
    machine.call = call;
  });
  return calls;
}

/** What reads some rows or columns of an operand only: the last chunk, the columns of B, no padding. */
const readsPartly = new Set(['scanState', 'chunkState', 'copyRows', 'skipAndGate']);

describe.each(opened)('headlessgl', (headless) => {
  const { kernels } = headless;

  test('packed sequences longer than a piece leave the states and outputs of each alone', async () => {
    const seqLen = 1100;
    const input = { ...full({ seqLen, dInner: 2, dState: 2, groups: 1 }), cuSeqlens: [0, 500, 500, seqLen] };
    const whole = await kernels.selectiveScan(input);
    const rows = (name: 'x' | 'delta' | 'z' | 'B' | 'C') => input[name].subarray(500 * 2);
    const { cuSeqlens: _, ...rest } = input;
    const of = { x: rows('x'), delta: rows('delta'), z: rows('z'), B: rows('B'), C: rows('C') };
    const last = await kernels.selectiveScan({ ...rest, ...of, seqLen: 600, h0: input.h0.subarray(8) });
    const scale = whole.y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const distance = last.y.reduce((most, value, i) => Math.max(most, Math.abs(value - whole.y[500 * 2 + i]!)), 0);
    expect(distance).toBeLessThan(64 * 2 ** -24 * scale); // other pieces, so other rounding of the same sums
    expectIdentical(whole.hLast.subarray(4, 8), input.h0.subarray(4, 8), 'h of the empty sequence');
  });

  test('a token at a time through either scan is all tokens at once, within a rounding of the sums', async () => {
    const { cuSeqlens: _, h0: __, ...input } = full();
    for (const scan of ['selectiveScan', 'selectiveScanUnfused'] as const) {
      const whole = await kernels[scan](input);
      let h0: Float32Array | undefined;
      const rows: number[] = [];
      for (let t = 0; t < input.seqLen; t++) {
        const step = await kernels[scan]({ ...tokens(input, t, t + 1), h0 });
        h0 = step.hLast;
        rows.push(...step.y);
      }
      const error = rows.map((y, i) => Math.abs(y - whole.y[i]!) / (1 + Math.abs(y)));
      expect(Math.max(...error)).toBeLessThan(1e-6); // measured: 3e-7
    }
  });

  test('causality: what changes at token t leaves every y before it, bit for bit', async () => {
    const input = full();
    const changed = { ...input, x: input.x.map((v, i) => (i < 20 * input.dInner ? v : v + 1)) };
    for (const scan of ['selectiveScan', 'selectiveScanUnfused'] as const) {
      const [before, after] = [await kernels[scan](input), await kernels[scan](changed)];
      expectIdentical(after.y.subarray(0, 20 * input.dInner), before.y.subarray(0, 20 * input.dInner), scan);
      expect(after.y).not.toEqual(before.y);
    }
  });

  test('an initial state left out is one of zeros, bit for bit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.integer({ min: 0, max: 20 }), async (seed, size) => {
        const problem = problemOf('selectiveScanUnfused', seed, size);
        const input = { ...inputOf(problem), h0: problem.h.map(() => 0) };
        for (const scan of ['selectiveScan', 'selectiveScanUnfused'] as const) {
          const [given, without] = [await kernels[scan](input), await kernels[scan]({ ...input, h0: undefined })];
          expectIdentical(without.y, given.y, 'y');
          expectIdentical(without.hLast, given.hLast, 'hLast');
        }
      }),
      { numRuns: 30 },
    );
  });

  test('the traffic names the calls that are made, in order, with the bytes of their operands', async () => {
    const input = full();
    const sizes = { ...input, sequences: 3, deltaBias: true, D: true, z: true };
    const pairs = [
      [trafficOfFused(sizes), await callsOf(headless, () => kernels.selectiveScan(input))],
      [trafficOfUnfused(sizes), await callsOf(headless, () => kernels.selectiveScanUnfused(input))],
    ] as const;
    for (const [counted, made] of pairs) {
      expect(counted.map(({ kernel }) => kernel)).toEqual(made.map(({ kernel }) => kernel));
      counted.forEach(({ kernel, bytes }, i) => {
        if (readsPartly.has(kernel)) expect(bytes).toBeLessThan(made[i]!.bytes);
        else expect({ kernel, bytes }).toEqual(made[i]);
      });
    }
  });

  test('the unfused scan moves 3, 7 and 10 times the bytes of the fused one at 4, 16 and 64 states', () => {
    const ratio = (dState: number) => {
      const sizes = { seqLen: 4096, dInner: 1536, dState, z: true, D: true };
      return bytesOfSelectiveScan(sizes, 'unfused') / bytesOfSelectiveScan(sizes, 'fused');
    };
    expect([4, 16, 64].map((dState) => Math.round(ratio(dState)))).toEqual([3, 7, 10]);
  });

  test('all of it ran on headless-gl', () => expectHeadless(headless));
});

type Full = ReturnType<typeof full>;

/** The tokens from … to − 1, as one sequence. */
function tokens(input: Omit<Full, 'cuSeqlens' | 'h0'>, from: number, to: number) {
  const { seqLen, x, delta, B, C, z } = input;
  const cut = (data: Float32Array) => data.slice((from * data.length) / seqLen, (to * data.length) / seqLen);
  return { ...input, seqLen: to - from, x: cut(x), delta: cut(delta), B: cut(B), C: cut(C), z: cut(z) };
}
