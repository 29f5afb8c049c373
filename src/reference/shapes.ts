/**
 * Guards at the door of every public operation: a wrong shape is refused by name, before any arithmetic.
 * Values are never judged here: NaN and ±Infinity propagate through the formulas as IEEE 754 says.
 */

/** @throws RangeError unless `value` is an integer ≥ `least`. Written so that NaN fails. */
export function expectSize(name: string, value: number, least = 0): void {
  if (!(Number.isInteger(value) && value >= least)) {
    throw new RangeError(`"${name}" expected an integer ≥ ${least}, got ${value}`);
  }
}

/**
 * Checks one operand against its dims, `expectShape('delta', delta, { seqLen, dInner })`.
 * @throws RangeError `"delta" expected length 12 (seqLen 3 × dInner 4), got 11`.
 */
export function expectShape(name: string, data: ArrayLike<number>, dims: Readonly<Record<string, number>>): void {
  const sizes = Object.entries(dims);
  const length = sizes.reduce((product, [, size]) => product * size, 1);
  if (data.length !== length) {
    const shape = sizes.map(([word, size]) => `${word} ${size}`).join(' × ');
    throw new RangeError(`"${name}" expected length ${length} (${shape}), got ${data.length}`);
  }
}

/** Like {@link expectShape}, for an operand that may be left out. */
export function expectOptionalShape(
  name: string,
  data: ArrayLike<number> | undefined,
  dims: Readonly<Record<string, number>>,
): void {
  if (data !== undefined) expectShape(name, data, dims);
}

/**
 * Checks that an operand is there exactly if a switch says so, `expectPresence('inProjBias', bias, { useBias })`.
 * @throws RangeError `"inProjBias" expected an array since useBias is true, got none`.
 */
export function expectPresence(
  name: string,
  data: ArrayLike<number> | undefined,
  flag: Readonly<Record<string, boolean>>,
): void {
  for (const [word, wanted] of Object.entries(flag)) {
    if (wanted === (data !== undefined)) continue;
    const [expected, got] = wanted ? ['an array', 'none'] : ['none', 'one'];
    throw new RangeError(`"${name}" expected ${expected} since ${word} is ${wanted}, got ${got}`);
  }
}
