/**
 * Long synchronous work lets the event loop turn in between: signals, timers and a page's frames come through.
 */

/** Resolves after pending events were handled. Browsers have no setImmediate; their setTimeout waits up to 4 ms. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
