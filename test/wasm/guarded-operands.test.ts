/**
 * The guards themselves: a word written beside the result is seen, wherever it lies.
 */
import { afterAll, expect, test } from 'vitest';
import { GuardedOperands } from '../../src/oracle/guarded-operands.ts';
import { strictBackend } from './targets.ts';

const backend = await strictBackend();
afterAll(() => backend.dispose());

/** x (2, 3) with a gap on both sides, out (2, 3) with one behind; `word` of a block is overwritten, counted from `of`. */
async function overwrite(of: 'x' | 'out', word: number): Promise<unknown> {
  const operands = new GuardedOperands(backend, { gaps: { x: [1, 2], out: [0, 2] } });
  const x = operands.rows('x', Float32Array.of(1, 2, 3, 4, 5, 6), 3);
  const out = operands.out('out', [2, 3], { result: 'y' });
  await operands.seal();
  const { cell, offset } = of === 'x' ? x : out;
  const pointer = (cell as typeof cell & { readonly pointer: number }).pointer + 4 * offset;
  backend.machine.heap.f32(pointer + 4 * word, 1)[0] = 7;
  try {
    return operands.results();
  } finally {
    operands.free();
  }
}

test('a word of the result may change', async () => {
  for (const word of [0, 2, 5, 7]) {
    const { y } = (await overwrite('out', word)) as { y: Float32Array };
    expect(Array.from(y).filter((v) => v === 7)).toHaveLength(1);
  }
});

test.each([
  { of: 'out', where: 'before the operand', word: -1 },
  { of: 'out', where: 'in the gap between rows', word: 3 },
  { of: 'out', where: 'behind the operand', word: 10 },
  { of: 'out', where: 'some words behind the operand', word: 14 },
  { of: 'x', where: 'in an input', word: 1 },
  { of: 'x', where: 'in the gap before the rows of an input', word: -1 },
  { of: 'x', where: 'behind an input', word: 12 },
] as const)('a word $where must not', async ({ of, word }) => {
  await expect(overwrite(of, word)).rejects.toThrow(`"${of}" word`);
});
