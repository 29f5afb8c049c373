/**
 * A turn of the event loop, with Node's setImmediate and with what browsers have.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { nextTurn } from '../../src/generation/next-turn.ts';

afterEach(() => vi.unstubAllGlobals());

describe.each(['setImmediate', 'messages'])('%s', (kind) => {
  test('timers that are due come through between turns', async () => {
    if (kind === 'messages') vi.stubGlobal('setImmediate', undefined);
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 1);
    let turns = 0;
    for (; !fired && turns < 1e6; turns++) await nextTurn();
    expect(fired).toBe(true);
    expect(turns).toBeGreaterThan(0);
  });

  test('turns end in the order in which they began', async () => {
    if (kind === 'messages') vi.stubGlobal('setImmediate', undefined);
    const ended: number[] = [];
    await Promise.all([0, 1, 2].map((i) => nextTurn().then(() => ended.push(i))));
    expect(ended).toEqual([0, 1, 2]);
  });
});
