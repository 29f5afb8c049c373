/**
 * The known mistakes of the bare recurrence and of the discretizations.
 */
import { mistake } from './mistake.ts';

const combine = 'combine: ([a0, b0], [a1, b1]) => [a1 * a0, a1 * b0 + b1],\n};\n\nexport type ComplexAffine';

export const recurrenceMistakes = {
  'combine with its operands swapped': mistake(
    ['scan'],
    '(a₀, b₀)∘(a₁, b₁) = (a₁a₀, a₁b₀ + b₁), the earlier one first',
    ['monoid.ts', combine],
  ),
  'down-sweep with its operands swapped': mistake(['scan'], 'right = parent∘left: the prefix comes first', [
    'scan-blelloch.ts',
    'tree[end] = monoid.combine(before, leftBlock);',
  ]),
  'padded with (0, 0)': mistake(['scan'], 'padding is the identity (1, 0)', ['monoid.ts', 'identity: [1, 0],']),
  'exclusive instead of inclusive': mistake(['scan'], 'h[t] holds token t', [
    'monoid.ts',
    'combine(earlier: E, later: E): E;',
  ]),
  'a of the token before': mistake(['scan'], 'h[t] = a[t]·h[t−1] + b[t]', [
    'linear-recurrence.ts',
    'const aT = a[t * channels + d]!;',
  ]),
  'a chunk begins from nothing': mistake(
    ['scan', 'selectiveScan', 'block', 'model', 'selectiveScanBackward'],
    'h = local + Πa·(the state before the chunk)',
    ['scan-chunked.ts', 'monoid.combine(prefixes[c - 1]!, prefix)'],
  ),
  'a chunk is carried by its token’s a alone': mistake(['scan'], 'h = local + Πa·(the state before the chunk)', [
    'scan-chunked.ts',
    'monoid.combine(prefixes[c - 1]!, prefix)',
  ]),
  'Euler backward for bilinear': mistake(['discretize'], 'ā = (1 + Δa/2)/(1 − Δa/2)', [
    'discretize.ts',
    'const denominator = 1 - alpha * delta * a;',
  ]),
  'exp for Euler’s Ā': mistake(['discretize'], 'ā = 1 + Δa', [
    'discretize.ts',
    'return { aBar: 1 + delta * a, bBar: delta * b };',
  ]),
  'expm1 as exp − 1': mistake(
    ['discretize', 'selectiveScan', 'selectiveScanBackward'],
    'expm1, which keeps its digits near 0',
    ['discretize.ts', 'return x === 0 ? 1 : Math.expm1(x) / x;'],
    'by size',
  ),
  '(exp(ΔA) − 1)/A divides by 0': mistake(['discretize'], 'b̄ = Δ·b at a = 0', [
    'discretize.ts',
    'return x === 0 ? 1 : Math.expm1(x) / x;',
  ]),
};
