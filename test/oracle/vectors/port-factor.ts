/**
 * The port's φ(z) = (exp(z) − 1)/z and its derivative, z real or complex, in float32 throughout.
 */
import type { Port, Z } from './port-numbers.ts';
import { f, plus, times } from './port-numbers.ts';

/** exp(z) */
export function expOf([a, b]: Z, { exp }: Port): Z {
  const size = exp(a);
  return b === 0 ? [size, 0] : [f(size * f(Math.cos(b))), f(size * f(Math.sin(b)))];
}

/** exp(z) − 1 = expm1(a)·cos b − 2·sin²(b/2) + i·exp(a)·sin b */
export function phiOf(z: Z, port: Port): Z {
  const [a, b] = z;
  if (a === 0 && b === 0) return [1, 0];
  if (port.mistake === 'expm1 as exp − 1') return over(plus(expOf(z, port), [-1, 0]), z);
  const minusOne = f(Math.expm1(a));
  if (b === 0) return [f(minusOne / a), 0];
  const half = f(Math.sin(b / 2));
  const re = f(f(minusOne * f(Math.cos(b))) - f(2 * f(half * half)));
  return over([re, f(port.exp(a) * f(Math.sin(b)))], z);
}

/** φ′(z) = (exp(z) − φ(z))/z; for |z| < 1 ½·(1 + z·2/(1·3)·(1 + z·3/(2·4)·(1 + …))). */
export function phiSlopeOf(z: Z, port: Port): Z {
  const coarse = port.mistake === 'expm1 as exp − 1' && port.second;
  if (coarse && z[0] === 0 && z[1] === 0) return [1 / 2, 0];
  if (Math.hypot(...z) >= 1 || coarse) {
    const [re, im] = phiOf(z, port);
    return over(plus(expOf(z, port), [-re, -im]), z); // where exp − 1 loses nothing
  }
  let sum: Z = [1, 0];
  for (let k = 12; k >= 1; k--) {
    const [re, im] = times(times(z, sum), [f((k + 1) / (k * (k + 2))), 0]);
    sum = [f(1 + re), im];
  }
  return [f(sum[0] / 2), f(sum[1] / 2)];
}

/** p/q */
function over(p: Z, q: Z): Z {
  if (q[1] === 0) return [f(p[0] / q[0]), f(p[1] / q[0])];
  const size = f(f(q[0] * q[0]) + f(q[1] * q[1]));
  const [re, im] = times(p, [q[0], -q[1]]);
  return [f(re / size), f(im / size)];
}
