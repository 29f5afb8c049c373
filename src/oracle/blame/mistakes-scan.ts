/**
 * The known mistakes of the selective scan, alone or in a block.
 */
import { mistake } from './mistake.ts';

const scans = ['selectiveScan', 'block', 'model'] as const;
const alone = ['selectiveScan'] as const;
/** The gradients of the wrong formula, too. */
const differentiated = ['selectiveScan', 'selectiveScanBackward'] as const;
const stated = ['selectiveScan', 'block'] as const;
const advance = 'const aBar = Math.exp(deltaA);';
const next = 'h[d * dState + n] = aBar * h[d * dState + n]! + bBar * x[t * dInner + d]!;';
const reset = 'const h = initialState(input, s);\n    for (let t = start';
const reads = 'sum += C[c + n]! * h[d * dState + n]!;';
const skips = 'if (D !== undefined) out += D[d]! * x[t * dInner + d]!;';
const gates = 'if (z !== undefined) out *= silu(z[t * dInner + d]!);';
const step = 'return input.deltaSoftplus ? softplus(pre) : pre;';
const bias = 'return input.delta[t * input.dInner + d]! + (input.deltaBias?.[d] ?? 0);';
const groups = 'const group = Math.floor(d / (dInner / groups));';
const soft = 'return x > softplusCut ? x : Math.log1p(Math.exp(x));';
const recurrence = 'steps.push([aT, t === 0 ? aT * (h0?.[d] ?? 0) + bT : bT]);';
const input = 'selective-scan-input.ts';
const scan = 'selective-scan.ts';
const block = 'mamba-block.ts';

export const scanMistakes = {
  'bias after softplus': mistake([...scans, 'selectiveScanBackward'], 'Δ = softplus(delta + deltaBias)', [input, bias]),
  'delta bias left out': mistake([...scans, 'selectiveScanBackward'], 'Δ = softplus(delta + deltaBias)', [input, bias]),
  'softplus left out': mistake([...scans, 'selectiveScanBackward'], 'Δ = softplus(delta + deltaBias)', [input, step]),
  'softplus without its cut': mistake(alone, 'softplus(x) = x above 20, where exp(x) may overflow', [
    'softplus.ts',
    soft,
  ]),
  'softplus by log(1 + exp)': mistake(
    [...scans, 'selectiveScanBackward'],
    'log1p(exp(x)): 1 + exp(x) loses small exp(x)',
    ['softplus.ts', soft],
  ),
  'ZOH for B taken as Euler, or the other way': mistake(
    ['discretize', ...scans, 'selectiveScanBackward'],
    'B̄ = Δ·B for mamba, (exp(ΔA) − 1)/A·B for zoh',
    ['b-factor.ts', 'mamba: { phi: () => 1, phiDerivative: () => 0 },'],
  ),
  'Euler for A': mistake(['discretize', ...scans], 'Ā = exp(ΔA)', [scan, advance]),
  'A not negated': mistake([...scans, 'selectiveScanBackward'], 'Ā = exp(ΔA) with A = −exp(A_log) as it is given', [
    block,
    'A[i] = -Math.exp(aLog[i]!);',
  ]),
  'gate before D': mistake(scans, 'y = (Σ C·h + D·x)·silu(z): D is inside the gate', [scan, skips]),
  'gate by sigmoid': mistake(scans, 'the gate is silu(z) = z·σ(z)', [scan, gates]),
  'gate left out': mistake(scans, 'y is multiplied by silu(z)', [scan, gates]),
  'D left out': mistake(scans, 'y = Σ C·h + D·x', [scan, skips]),
  'groups tiled': mistake(differentiated, 'channel d reads group ⌊d/(dInner/groups)⌋', [input, groups]),
  'the first group for all': mistake(differentiated, 'channel d reads group ⌊d/(dInner/groups)⌋', [input, groups]),
  'B transposed': mistake(differentiated, 'B is (t, g, n), or (d, n) where it is constant', [input, groups]),
  'B of the token before': mistake(differentiated, 'B̄[t] takes B of token t', [scan, next]),
  'D added twice': mistake(scans, 'y = Σ C·h + D·x, once', [scan, skips]),
  'h0 of the first sequence for all': mistake(differentiated, 'each packed sequence begins from its own h0', [
    scan,
    reset,
  ]),
  'C reads the old state': mistake(scans, 'y reads the new state h[t]', [scan, reads]),
  'last state one token old': mistake(['scan', ...stated], 'the last state is h[seqLen − 1]', [
    scan,
    'hLast.set(h, s * h.length);',
  ]),
  'state not reset between sequences': mistake(differentiated, 'each packed sequence begins from its own h0', [
    scan,
    reset,
  ]),
  'initial state ignored': mistake(['scan', ...stated, 'selectiveScanBackward'], 'h[−1] = h0', [
    'linear-recurrence.ts',
    recurrence,
  ]),
  'initial state added, not decayed': mistake(['scan', ...stated], 'h[0] = Ā[0]·h0 + B̄[0]·x[0]', [
    'linear-recurrence.ts',
    recurrence,
  ]),
  'state not carried from step to step': mistake(alone, 'each step begins from the state of the last one', [
    scan,
    next,
  ]),
  'last tokens mod 4 dropped': mistake(scans, 'every token counts, whatever seqLen is', [
    scan,
    'for (let t = start; t < end; t++) {\n      advanceInto',
  ]),
  '2·Re taken as Re': mistake(
    ['selectiveScan', 'selectiveScanBackward'],
    'complex: y = 2·Re Σ C·h, since the conjugate half is not stored',
    ['selective-scan-complex.ts', 'return 2 * sum;'],
  ),
  'C conjugated': mistake(differentiated, 'complex: Σ C·h without a conjugate', [
    'selective-scan-complex.ts',
    'const [re] = multiply(complexAt(C, c + n), complexAt(h, d * dState + n));',
  ]),
  'state kept in float16': mistake(
    ['scan', ...scans, 'selectiveScanBackward'],
    'states are kept as wide as sums (or declare --state f16, but for gradients)',
    [scan, next],
    'mostly',
  ),
  'state kept in bfloat16': mistake(
    ['scan', ...scans, 'selectiveScanBackward'],
    'states are kept as wide as sums (or declare --state bf16, but for gradients)',
    [scan, next],
    'mostly',
  ),
  'state kept in few bits': mistake(
    ['scan', 'block', ...differentiated],
    'states are kept in all the bits of float32, and rounded to nearest',
    [scan, next],
    'mostly',
  ),
  'denormals flushed to zero': mistake(
    alone,
    'numbers below 2^−126 count. Many GPUs flush them: --exp gpu allows that, --partial leaves out cases you hand nothing in for',
    [scan, next],
  ),
  'exp biased': mistake(
    ['discretize', ...scans, 'selectiveScanBackward'],
    'exp within 1 ulp (or declare --exp gpu)',
    [scan, advance],
    'mostly',
  ),
  'exp in float16': mistake(
    ['discretize', ...scans, 'selectiveScanBackward'],
    'exp within 1 ulp',
    [scan, advance],
    'mostly',
  ),
};
