import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createOrder } from '../../src/generation/weight-order.ts';

// Sums of multiples of 2^-8 below 2^8 are exact; the weights spread over many buckets and several share one.
const weightLists = fc
  .array(fc.oneof(fc.nat(8), fc.nat(1000)), { minLength: 1, maxLength: 40 })
  .map((list) => Float64Array.from(list, (k) => k / 256));

test('at, countBelow and massFrom are those of the sorted weights', () => {
  fc.assert(
    fc.property(weightLists, fc.nat(1000), (weights, k) => {
      const sorted = Float64Array.from(weights).sort();
      const order = createOrder(weights);
      expect(order.count).toBe(sorted.length);
      expect(order.heaviest).toBe(sorted.at(-1));
      sorted.forEach((weight, place) => {
        expect(order.at(place)).toBe(weight);
        expect(order.massFrom(place)).toBe(sorted.subarray(place).reduce((sum, w) => sum + w, 0));
      });
      expect(order.countBelow(k / 256)).toBe(sorted.filter((w) => w < k / 256).length);
    }),
  );
});

test('lastWithin drops from the lightest up while the sum stays within the mass, and keeps one', () => {
  fc.assert(
    fc.property(weightLists, fc.nat(40), fc.nat(8000), (weights, pick, k) => {
      const sorted = Float64Array.from(weights).sort();
      const from = pick % sorted.length;
      let place = from;
      for (let sum = sorted[place]!; place < sorted.length - 1 && sum <= k / 256; sum += sorted[place]!) place++;
      expect(createOrder(weights).lastWithin(from, k / 256)).toBe(place);
    }),
  );
});
