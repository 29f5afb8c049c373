import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MockInstance } from 'vitest';
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
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const once = vi.spyOn(process, 'once');
    interrupt.takeSignal();
    for (const name of ['SIGTERM', 'SIGTERM', 'SIGHUP', 'SIGHUP'] as const) send(name);
    expect(exit.mock.calls).toEqual([]);
    send('SIGINT');
    expect(exit.mock.calls).toEqual([[143]]);
    endOf(once)();
    expect(kill.mock.calls).toEqual([[process.pid, 'SIGTERM']]);
  });

  it.each(names)('%s more than a second after another signal ends the program, with the first one’s code', (name) => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const { exit, interrupt, send } = listening();
    const once = vi.spyOn(process, 'once');
    interrupt.takeSignal();
    send('SIGHUP');
    now = 1000;
    if (name !== 'SIGINT') send(name);
    expect(exit.mock.calls).toEqual([]);
    now = 1001;
    send(name);
    expect([exit.mock.calls, interrupt.exitCode]).toEqual([[[129]], 129]);
    endOf(once);
  });

  /** Stuck in a read that never ends, which `process.exit` waits for. */
  const stuck = `
    import { execFileSync } from 'node:child_process';
    import { readFile } from 'node:fs/promises';
    import { listenForInterrupt } from ${JSON.stringify(new URL('../../src/cli/interrupt.ts', import.meta.url).href)};
    const [pipe] = process.argv.slice(1);
    execFileSync('mkfifo', [pipe]);
    listenForInterrupt().takeSignal().addEventListener('abort', () => process.stdout.write('aborted'));
    readFile(pipe);
    process.stdout.write('reading');`;

  it.skipIf(process.platform === 'win32')('ends even what waits for a pipe that nobody writes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mamba-ts-interrupt-'));
    const code = ['--import', 'tsx', '--input-type=module', '-e', stuck, join(folder, 'pipe')];
    const child = spawn(process.execPath, code, { stdio: ['ignore', 'pipe', 'inherit'] });
    const tooLong = setTimeout(() => child.kill('SIGKILL'), 30_000);
    try {
      let said = '';
      child.stdout.on('data', (part) => (said += part));
      const ended = new Promise((resolve) => child.on('close', (...end) => resolve(end)));
      await vi.waitUntil(() => said === 'reading', { timeout: 30_000 });
      child.kill('SIGTERM');
      await vi.waitUntil(() => said === 'readingaborted', { timeout: 30_000 });
      await new Promise((resolve) => setTimeout(resolve, 1100));
      child.kill('SIGHUP');
      expect(await ended).toEqual([null, 'SIGTERM']); // a shell calls that 143
    } finally {
      clearTimeout(tooLong);
      child.kill('SIGKILL');
      await rm(folder, { recursive: true });
    }
  });
});

/** What was asked for at the end of the process, taken away from it again. */
function endOf(once: MockInstance<typeof process.once>): () => void {
  const [, listener] = once.mock.calls.find(([event]) => String(event) === 'exit')!;
  process.off('exit', listener);
  return listener;
}
