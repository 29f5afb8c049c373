/**
 * A context that is lost, before, during and after a call: an error that says so, never zeros; and a new one works.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { closeModes, modesUnderTest } from './modes-under-test.ts';
import { moments } from './page/lose.ts';

const patience = 300_000;

const modes = await modesUnderTest(['webgl', 'webgl2', 'webgpu']);
afterAll(() => closeModes(modes));

describe.each(modes)('$mode', ({ mode, place, missing }) => {
  test.skipIf(missing).each(moments)(
    'lost %s a call: ContextLostError, and a second backend works',
    async (moment) => {
      const { name, message, later, again } = await place!.call('lose', mode, moment);
      expect({ name, message }).toEqual({ name: 'ContextLostError', message: expect.stringContaining('lost') });
      expect(later).toBe('ContextLostError');
      expect(again).toEqual([1, 2, 3]);
    },
    patience,
  );
});
