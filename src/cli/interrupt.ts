/**
 * Ctrl-C, and the signals by which a system (SIGTERM) or a terminal that is closed (SIGHUP) end a program. Work that can
 * stop cleanly asks for an abort signal; without any the program ends at once.
 */
import { exitCode } from './exit.ts';

export interface Interrupt {
  /** From now on the first signal aborts this one instead of ending the program. */
  takeSignal(): AbortSignal;
  /** What the program ends with when it was interrupted: 128 + the signal's number, as of one that a signal has killed. */
  readonly exitCode: number;
}

const codes = { SIGINT: exitCode.interrupted, SIGTERM: exitCode.terminated, SIGHUP: exitCode.hungUp } as const;

type Name = keyof typeof codes;

/** Shells and `timeout` send a signal twice at once; a second one later is somebody who has waited. In milliseconds. */
const twiceAtOnce = 1000;

export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  let taken = false;
  let first: { readonly name: Name; readonly at: number } | undefined;
  const listeners = (Object.keys(codes) as Name[]).map((name) => [name, () => onSignal(name)] as const);
  const end = (code: number) => {
    for (const [name, listener] of listeners) process.off(name, listener); // the next signal is the system's
    process.exit(code);
  };
  const onSignal = (name: Name) => {
    if (first === undefined) {
      first = { name, at: performance.now() };
      if (!taken) return end(codes[name]);
      // Should anything that was aborted never settle: Node ends when there is nothing to wait for, and then with this.
      process.exitCode = codes[name];
      controller.abort();
    } else if (name === 'SIGINT' || performance.now() - first.at > twiceAtOnce) {
      // Nobody presses Ctrl-C twice by chance.
      dieInTheEnd(first.name);
      end(codes[first.name]);
    }
  };
  for (const [name, listener] of listeners) process.on(name, listener);
  return {
    takeSignal() {
      taken = true;
      return controller.signal;
    },
    get exitCode() {
      return first === undefined ? exitCode.interrupted : codes[first.name];
    },
  };
}

/**
 * When all that ends with the program (a browser) has been told, it ends by the signal itself: `process.exit` alone waits
 * for reads and writes that the system has begun, and one of a pipe that nobody writes never ends.
 */
function dieInTheEnd(name: Name): void {
  if (process.platform !== 'win32') process.once('exit', () => process.kill(process.pid, name));
}
