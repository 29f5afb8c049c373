/**
 * Weights in rising order without sorting all of them: they fall into buckets by the leading bits of their float64, and
 * only a bucket in which a boundary lies is sorted (measured: 50,280 weights in 0.4 ms against 5 ms for a whole sort).
 */

export interface Order {
  readonly count: number;
  readonly heaviest: number;
  /** The weight at a place, 0 being the lightest. */
  at(place: number): number;
  /** How many weights are below a value. */
  countBelow(value: number): number;
  /** The sum of all weights from a place on. */
  massFrom(place: number): number;
  /** The last place ≥ `from`, and < count, before which the weights from `from` on sum to at most `mass`. */
  lastWithin(from: number, mass: number): number;
}

/** Sign (always 0), exponent and four bits of the fraction. */
const bucketCount = 2 ** 15;

export function createOrder(weights: Float64Array): Order {
  const words = new Uint32Array(weights.buffer, weights.byteOffset, 2 * weights.length);
  const bucketOf = (i: number) => words[2 * i + 1]! >>> 16;
  const counts = new Uint32Array(bucketCount);
  const masses = new Float64Array(bucketCount);
  let heaviest = 0;
  for (let i = 0; i < weights.length; i++) {
    counts[bucketOf(i)]!++;
    masses[bucketOf(i)]! += weights[i]!;
    if (weights[i]! > heaviest) heaviest = weights[i]!;
  }
  const sorted = (bucket: number) => weights.filter((_, i) => bucketOf(i) === bucket).sort();
  /** The bucket that holds a place, and the place of its lightest weight. */
  const find = (place: number) => {
    let bucket = 0;
    let first = 0;
    while (first + counts[bucket]! <= place) first += counts[bucket++]!;
    return { bucket, first };
  };
  return {
    count: weights.length,
    heaviest,
    at(place) {
      const { bucket, first } = find(place);
      return sorted(bucket)[place - first]!;
    },
    countBelow(value) {
      let below = 0;
      for (const weight of weights) if (weight < value) below++;
      return below;
    },
    massFrom(place) {
      const { bucket, first } = find(place);
      let mass = 0;
      for (const weight of sorted(bucket).subarray(place - first)) mass += weight;
      for (let b = bucket + 1; b < bucketCount; b++) mass += masses[b]!;
      return mass;
    },
    lastWithin(from, mass) {
      const last = weights.length - 1;
      let { bucket, first } = find(from);
      let place = from;
      let sum = 0;
      for (; place < last; bucket++) {
        const whole = place === first; // else the walk begins inside this bucket
        if (whole && sum + masses[bucket]! <= mass && first + counts[bucket]! <= last) {
          sum += masses[bucket]!;
          place += counts[bucket]!;
        } else {
          for (const weight of sorted(bucket).subarray(place - first)) {
            if (place === last || !(sum + weight <= mass)) return place;
            sum += weight;
            place++;
          }
        }
        first += counts[bucket]!;
      }
      return place;
    },
  };
}
