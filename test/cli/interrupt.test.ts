import { afterEach, describe, expect, it, vi } from 'vitest';
import { listenForInterrupt } from '../../src/cli/interrupt.ts';

const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Name = (typeof names)[number];

function listening() {
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => {}) as never);
  const before = new Set(names.flatMap((name) => process.listeners(name)));
  const interrupt = listenForInterrupt();
  const added = names.map((name) => {
    const listener = process.listeners(name).find((l) => !before.has(l))!;
    process.off(name, listener);
    return [name, listener] as const;
  });
  const listeners = new Map(added);
  return { exit, interrupt, send: (name: Name) => listeners.get(name)!(name) };
}

describe('listenForInterrupt', () => {
  const { exitCode } = process;
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = exitCode;
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends the program at once with %i while nobody has asked for the signal', (name, code) => {
    const { exit, send } = listening();
    send(name);
    expect(exit.mock.calls[0]).toEqual([code]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s aborts the signal, and %i is the code even if the program never gets to say so', (name, code) => {
    const { exit, interrupt, send } = listening();
    const signal = interrupt.takeSignal();
    expect(signal.aborted).toBe(false);
    send(name);
    expect([signal.aborted, interrupt.exitCode, process.exitCode]).toEqual([true, code, code]);
    expect(exit.mock.calls).toEqual([]);
  });

  it('Ctrl-C the second time ends the program; other signals may come twice, and the first names the code', () => {
    const { exit, interrupt, send } = listening();
    interrupt.takeSignal();
    for (const name of ['SIGTERM', 'SIGTERM', 'SIGHUP', 'SIGHUP'] as const) send(name);
    expect(exit.mock.calls).toEqual([]);
    send('SIGINT');
    expect(exit.mock.calls).toEqual([[143]]);
  });
});
