/**
 * The known mistakes: what other implementations really got wrong, or a port may; which operations show it; and the text
 * of the reference that it contradicts.
 */
import type { VectorOperation } from '../vectors/vector-case.ts';

export interface Mistake {
  readonly operations: readonly VectorOperation[];
  /** What is right instead. */
  readonly right: string;
  /** A file of the reference, from src/reference/, and a text that stands in it once. */
  readonly contradicts: readonly [file: string, text: string];
  /** How the wrong numbers tell: exactly, or by most of their error, since low precision is not the same everywhere. */
  readonly tells?: 'exactly' | 'mostly';
}

const scans = ['selectiveScan', 'block', 'model'] as const;
const convs = ['causalConv1d', 'block', 'model'] as const;
const blocks = ['block', 'model'] as const;
const alone = ['selectiveScan'] as const;
const stated = ['selectiveScan', 'block'] as const;
const convStated = ['causalConv1d', 'block'] as const;

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
const combine = 'combine: ([a0, b0], [a1, b1]) => [a1 * a0, a1 * b0 + b1],\n};\n\nexport type ComplexAffine';
const recurrence = 'steps.push([aT, t === 0 ? aT * (h0?.[d] ?? 0) + bT : bT]);';
const taps = 'sum += weight[d * dConv + k]! * history[(t + k) * dInner + d]!;';
const kept = 'convState.set(history.subarray(seqLen * dInner), s * (dConv - 1) * dInner);';
const token = 'selective-scan-token-backward.ts';

const input = 'selective-scan-input.ts';
const scan = 'selective-scan.ts';
const conv = 'causal-conv1d.ts';
const block = 'mamba-block.ts';
const model = 'mamba-model.ts';

function of(
  operations: readonly VectorOperation[],
  right: string,
  contradicts: readonly [string, string],
  tells?: 'mostly',
): Mistake {
  return { operations, right, contradicts, ...(tells && { tells }) };
}

export const mistakes = {
  'bias after softplus': of(scans, 'Δ = softplus(delta + deltaBias)', [input, bias]),
  'delta bias left out': of(scans, 'Δ = softplus(delta + deltaBias)', [input, bias]),
  'softplus left out': of(scans, 'Δ = softplus(delta + deltaBias)', [input, step]),
  'softplus without its cut': of(alone, 'softplus(x) = x above 20, where exp(x) may overflow', ['softplus.ts', soft]),
  'softplus by log(1 + exp)': of(scans, 'log1p(exp(x)): 1 + exp(x) loses small exp(x)', ['softplus.ts', soft]),
  'ZOH for B taken as Euler, or the other way': of(
    ['discretize', ...scans],
    'B̄ = Δ·B for mamba, (exp(ΔA) − 1)/A·B for zoh',
    ['b-factor.ts', 'mamba: { phi: () => 1, phiDerivative: () => 0 },'],
  ),
  'Euler for A': of(['discretize', ...scans], 'Ā = exp(ΔA)', [scan, advance]),
  'A not negated': of(scans, 'Ā = exp(ΔA) with A = −exp(A_log) as it is given', [block, 'A[i] = -Math.exp(aLog[i]!);']),
  'gate before D': of(scans, 'y = (Σ C·h + D·x)·silu(z): D is inside the gate', [scan, skips]),
  'gate by sigmoid': of(scans, 'the gate is silu(z) = z·σ(z)', [scan, gates]),
  'gate left out': of(scans, 'y is multiplied by silu(z)', [scan, gates]),
  'D left out': of(scans, 'y = Σ C·h + D·x', [scan, skips]),
  'groups tiled': of(alone, 'channel d reads group ⌊d/(dInner/groups)⌋', [input, groups]),
  'the first group for all': of(alone, 'channel d reads group ⌊d/(dInner/groups)⌋', [input, groups]),
  'C reads the old state': of(scans, 'y reads the new state h[t]', [scan, reads]),
  'last state one token old': of(['scan', ...stated], 'the last state is h[seqLen − 1]', [
    scan,
    'hLast.set(h, s * h.length);',
  ]),
  'state not reset between sequences': of(alone, 'each packed sequence begins from its own h0', [scan, reset]),
  'initial state ignored': of(['scan', ...stated], 'h[−1] = h0', ['linear-recurrence.ts', recurrence]),
  'initial state added, not decayed': of(['scan', ...stated], 'h[0] = Ā[0]·h0 + B̄[0]·x[0]', [
    'linear-recurrence.ts',
    recurrence,
  ]),
  'state not carried from step to step': of(alone, 'each step begins from the state of the last one', [scan, next]),
  'last tokens mod 4 dropped': of(scans, 'every token counts, whatever seqLen is', [
    scan,
    'for (let t = start; t < end; t++) {\n      advanceInto',
  ]),
  '2·Re taken as Re': of(
    ['selectiveScan', 'selectiveScanBackward'],
    'complex: y = 2·Re Σ C·h, since the conjugate half is not stored',
    ['selective-scan-complex.ts', 'return 2 * sum;'],
  ),
  'C conjugated': of(alone, 'complex: Σ C·h without a conjugate', [
    'selective-scan-complex.ts',
    'const [re] = multiply(complexAt(C, c + n), complexAt(h, d * dState + n));',
  ]),
  'state kept in float16': of(
    ['scan', ...scans],
    'states are kept as wide as sums (or declare --state f16)',
    [scan, next],
    'mostly',
  ),
  'state kept in bfloat16': of(
    ['scan', ...scans],
    'states are kept as wide as sums (or declare --state bf16)',
    [scan, next],
    'mostly',
  ),
  'exp biased': of(scans, 'exp within 1 ulp (or declare --exp gpu)', [scan, advance], 'mostly'),
  'exp in float16': of(scans, 'exp within 1 ulp', [scan, advance], 'mostly'),
  'combine with its operands swapped': of(['scan'], '(a₀, b₀)∘(a₁, b₁) = (a₁a₀, a₁b₀ + b₁), the earlier one first', [
    'monoid.ts',
    combine,
  ]),
  'down-sweep with its operands swapped': of(['scan'], 'right = parent∘left: the prefix comes first', [
    'scan-blelloch.ts',
    'tree[end] = monoid.combine(before, leftBlock);',
  ]),
  'padded with (0, 0)': of(['scan'], 'padding is the identity (1, 0)', ['monoid.ts', 'identity: [1, 0],']),
  'exclusive instead of inclusive': of(['scan'], 'h[t] holds token t', [
    'monoid.ts',
    'combine(earlier: E, later: E): E;',
  ]),
  'a of the token before': of(['scan'], 'h[t] = a[t]·h[t−1] + b[t]', [
    'linear-recurrence.ts',
    'const aT = a[t * channels + d]!;',
  ]),
  'a chunk begins from nothing': of(['scan'], 'h = local + Πa·(the state before the chunk)', [
    'scan-chunked.ts',
    'monoid.combine(prefixes[c - 1]!, prefix)',
  ]),
  'a chunk is carried by its token’s a alone': of(['scan'], 'h = local + Πa·(the state before the chunk)', [
    'scan-chunked.ts',
    'monoid.combine(prefixes[c - 1]!, prefix)',
  ]),
  'Euler backward for bilinear': of(['discretize'], 'ā = (1 + Δa/2)/(1 − Δa/2)', [
    'discretize.ts',
    'const denominator = 1 - alpha * delta * a;',
  ]),
  'exp for Euler’s Ā': of(['discretize'], 'ā = 1 + Δa', [
    'discretize.ts',
    'return { aBar: 1 + delta * a, bBar: delta * b };',
  ]),
  'expm1 as exp − 1': of(
    ['discretize'],
    'expm1, which keeps its digits near 0',
    ['discretize.ts', 'return x === 0 ? 1 : Math.expm1(x) / x;'],
    'mostly',
  ),
  '(exp(ΔA) − 1)/A divides by 0': of(['discretize'], 'b̄ = Δ·b at a = 0', [
    'discretize.ts',
    'return x === 0 ? 1 : Math.expm1(x) / x;',
  ]),
  'the convolution shifted by one': of(convs, 'the last tap meets the current token', [conv, taps]),
  'the convolution flipped': of(convs, 'a cross-correlation: tap dConv − 1 meets the current token', [conv, taps]),
  'the convolution’s state newest first': of(convStated, 'the state is oldest first', [conv, kept]),
  'the convolution’s state ignored': of(convStated, 'before token 0 lies the state', [conv, taps]),
  'the convolution’s state not moved on': of(convStated, 'the state is the last dConv − 1 inputs', [conv, kept]),
  'the convolution’s state one token old': of(convStated, 'the state is the last dConv − 1 inputs', [conv, kept]),
  'the convolution sees the sequence before': of(['causalConv1d'], 'packed sequences do not see each other', [
    conv,
    'parts.forEach(({ history, start, seqLen }, s) => {\n    for (let t = 0; t < seqLen; t++) {\n      for (let d = 0; d < dInner; d++) {\n        let sum',
  ]),
  'the convolution’s bias left out': of(convs, 'y = Σ w·x + bias', [conv, 'y[(start + t) * dInner + d] = bias']),
  'bias after SiLU': of(convs, 'silu(Σ w·x + bias)', [block, 'const x = conv.y.map(silu);']),
  'SiLU after the convolution left out': of(convs, 'silu(Σ w·x + bias)', [block, 'const x = conv.y.map(silu);']),
  'x and z swapped': of(blocks, 'x is the first half of inProj, z the second', [
    block,
    'x: columns(xz, 2 * dInner, 0, dInner),',
  ]),
  'Δ, B, C split as Δ, C, B': of(blocks, 'the rows of xProj are Δ, B, C', [
    block,
    'B: columns(projected, width, dtRank, dtRank + dState),',
  ]),
  'Δ, B, C split as B, C, Δ': of(blocks, 'the rows of xProj are Δ, B, C', [
    block,
    'deltaLow: columns(projected, width, 0, dtRank),',
  ]),
  'A_log taken for −A': of(blocks, 'A = −exp(A_log)', [block, 'A[i] = -Math.exp(aLog[i]!);']),
  'norms of Δ, B and C left out': of(blocks, 'Falcon-Mamba normalises Δ, B and C', [
    block,
    'return rmsNorm({ rows, width: data.length / rows, eps: mixerRmsEps }, data);',
  ]),
  'residual left out': of(['model'], 'r = r + block(norm(r))', [
    model,
    'residual = residual.map((r, j) => r + next.out[j]!);',
  ]),
  'norm before the block left out': of(['model'], 'r = r + block(norm(r))', [
    model,
    'const normed = rmsNorm(normDims(config, rows), residual, layer.normWeight);',
  ]),
  'last norm left out': of(['model'], 'logits = head·norm(r)', [
    model,
    'const hidden = rmsNorm(normDims(config, rows), residual, weights.normFWeight);',
  ]),
  'embedding for a head of its own': of(['model'], 'an untied head has weights of its own', [
    model,
    'if (config.tieWordEmbeddings) return weights.embeddingWeight;',
  ]),
  'dD without the gate': of(['selectiveScanBackward'], 'dD += gy·x, gy behind the gate', [
    token,
    'gradients.dD[d]! += gy * xT;',
  ]),
  'dX without the skip': of(['selectiveScanBackward'], 'dx = D·gy + Σ dh·B̄', [
    token,
    'let dX = D === undefined ? 0 : D[d]! * gy;',
  ]),
  'dZ by the gate itself': of(['selectiveScanBackward'], 'dz = g·y·silu′(z)', [
    token,
    'dY[td]! * y * siluBackward(z[td]!);',
  ]),
  'dDelta without the slope of softplus': of(['selectiveScanBackward'], 'dDelta = dΔ·softplus′', [
    token,
    'dDelta *= softplusBackward(preDelta(input, t, d));',
  ]),
  'dDeltaBias of the last token only': of(['selectiveScanBackward'], 'dDeltaBias sums over tokens', [
    token,
    'gradients.dDeltaBias[d]! += dDelta;',
  ]),
  'dHLast ignored': of(['selectiveScanBackward'], 'dh begins as dHLast', [
    'selective-scan-backward.ts',
    'dHLast === undefined ? new Float64Array(length)',
  ]),
  'dH0 one token late': of(['selectiveScanBackward'], 'dH0 = Ā[0]·dh[0]', [token, 'dH[i] = aBar * dh;']),
  'dH runs on into the sequence before': of(['selectiveScanBackward'], 'each packed sequence has its own dHLast', [
    'selective-scan-backward.ts',
    'gradients.dH0.set(dH, s * length);',
  ]),
  'dA without Ā': of(['selectiveScanBackward'], 'dA += dh·Δ·r with r = Ā·h[t−1]', [
    token,
    'const r = aBar * hBefore[i]!;',
  ]),
  'dB kept of one channel only': of(['selectiveScanBackward'], 'dB sums over the channels of a group', [
    token,
    'gradients.dB[b + n]! += dh * delta * phiT * xT;',
  ]),
  'dC by the state before the token': of(['selectiveScanBackward'], 'dC += gy·h[t]', [
    token,
    'gradients.dC[c + n]! += gy * h;',
  ]),
  'conjugates left out of the gradients': of(['selectiveScanBackward'], 'dw = dz·conj(v) for z = w·v', [
    'selective-scan-token-backward-complex.ts',
    'dH.set(multiply(conjugate(aBar), dh), 2 * i);',
  ]),
} as const satisfies Record<string, Mistake>;

export type MistakeName = keyof typeof mistakes;

export const mistakeNames = Object.keys(mistakes) as readonly MistakeName[];

export function mistakeOf(name: MistakeName): Mistake {
  return mistakes[name];
}
