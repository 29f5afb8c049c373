/**
 * Ctrl-C. Work that can stop cleanly asks for a signal; without any, or the second time, the program ends at once.
 */
import { exitCode } from './exit.ts';

export interface Interrupt {
  /** From now on the first Ctrl-C aborts this signal instead of ending the program. */
  takeSignal(): AbortSignal;
}

export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  let taken = false;
  process.on('SIGINT', () => {
    if (!taken || controller.signal.aborted) process.exit(exitCode.interrupted);
    controller.abort();
  });
  return {
    takeSignal() {
      taken = true;
      return controller.signal;
    },
  };
}
