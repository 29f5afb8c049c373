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

export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  let taken = false;
  let code: number = exitCode.interrupted;
  const onSignal = (name: keyof typeof codes) => {
    if (!controller.signal.aborted) code = codes[name];
    if (!taken) process.exit(code);
    // Nobody presses Ctrl-C twice by chance; the others come twice from shells and from `timeout`.
    if (controller.signal.aborted && name === 'SIGINT') process.exit(code);
    // Should anything that was aborted never settle: Node ends when there is nothing to wait for, and then with this.
    process.exitCode = code;
    controller.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => onSignal(name));
  return {
    takeSignal() {
      taken = true;
      return controller.signal;
    },
    get exitCode() {
      return code;
    },
  };
}
