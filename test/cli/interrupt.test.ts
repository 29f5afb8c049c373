import { afterEach, describe, expect, it, vi } from 'vitest';
import { listenForInterrupt } from '../../src/cli/interrupt.ts';

function listening() {
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => {}) as never);
  const before = process.listeners('SIGINT');
  const interrupt = listenForInterrupt();
  const listener = process.listeners('SIGINT').find((l) => !before.includes(l))!;
  process.off('SIGINT', listener);
  return { exit, interrupt, pressCtrlC: () => listener('SIGINT') };
}

describe('listenForInterrupt', () => {
  afterEach(() => vi.restoreAllMocks());

  it('ends the program at once while nobody has asked for the signal', () => {
    const { exit, pressCtrlC } = listening();
    pressCtrlC();
    expect(exit.mock.calls).toEqual([[130]]);
  });

  it('aborts the signal the first time, and ends the program the second time', () => {
    const { exit, interrupt, pressCtrlC } = listening();
    const signal = interrupt.takeSignal();
    expect(signal.aborted).toBe(false);
    pressCtrlC();
    expect(signal.aborted).toBe(true);
    expect(exit.mock.calls).toEqual([]);
    pressCtrlC();
    expect(exit.mock.calls).toEqual([[130]]);
  });
});
