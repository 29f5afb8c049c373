/**
 * Long synchronous work lets the event loop turn in between: signals, timers and a page's frames come through.
 */

/** Resolves after pending events were handled. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else nextMessage(resolve);
  });
}

let channel: MessageChannel | undefined;
const waiting: (() => void)[] = [];

/** A message to oneself: browsers have no setImmediate, and their nested timers wait 4 ms. */
function nextMessage(resolve: () => void): void {
  if (channel === undefined) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => waiting.shift()!();
  }
  waiting.push(resolve);
  channel.port2.postMessage(null);
}
