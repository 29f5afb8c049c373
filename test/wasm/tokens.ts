/**
 * Parts of sequence problems as problems of their own.
 */
import type { Problems } from '../../src/oracle/operations.ts';

type Sequential = 'causalConv1d' | 'selectiveScan';

/** Operands with a row a token, and the one with an entry a sequence. */
const operands = {
  causalConv1d: { perToken: ['x'], state: 'state' },
  selectiveScan: { perToken: ['x', 'delta', 'B', 'C', 'z'], state: 'h' },
} as const;

/** Tokens from … to − 1 as one sequence that begins with `state`, by default the problem's own. */
export function tokensOf<O extends Sequential>(
  operation: O,
  problem: Problems[O],
  from: number,
  to: number,
  state?: Float32Array,
): Problems[O] {
  const all = problem as unknown as Readonly<Record<string, Float32Array | undefined>>;
  const { perToken, state: name } = operands[operation];
  const cut = (data: Float32Array | undefined) => {
    const width = data === undefined || problem.seqLen === 0 ? 0 : data.length / problem.seqLen;
    return data?.slice(from * width, to * width);
  };
  return {
    ...problem,
    ...Object.fromEntries(perToken.map((operand) => [operand, cut(all[operand])])),
    ...{ seqLen: to - from, cuSeqlens: [0, to - from], [name]: state ?? all[name] },
  };
}

/** Packed sequence s alone. */
export function oneSequence<O extends Sequential>(operation: O, problem: Problems[O], s = 0): Problems[O] {
  const { cuSeqlens } = problem;
  const states = (problem as unknown as Readonly<Record<string, Float32Array>>)[operands[operation].state]!;
  const length = states.length / (cuSeqlens.length - 1);
  return tokensOf(operation, problem, cuSeqlens[s]!, cuSeqlens[s + 1]!, states.slice(s * length, (s + 1) * length));
}
