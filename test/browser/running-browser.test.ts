/**
 * How a browser that was started ends, whatever happens meanwhile; without a browser.
 */
import type { BrowserServer } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RunningBrowser } from '../../src/browser/running-browser.node.ts';

const never = new Promise<never>(() => {});

function fakes(close: () => Promise<void> = async () => {}) {
  const browser = { close: vi.fn(close), kill: vi.fn(async () => {}) };
  const server = { url: 'http://127.0.0.1/', close: vi.fn(async () => {}) };
  return { browser, server, started: browser as unknown as BrowserServer };
}

describe('a running browser', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('is closed once, however often that is asked for', async () => {
    const { browser, server, started } = fakes();
    const running = new RunningBrowser(Promise.resolve(started), server);
    await Promise.all([running.close(), running.close()]);
    await running.close();
    expect([browser.close.mock.calls.length, browser.kill.mock.calls.length]).toEqual([1, 0]);
    expect(server.close.mock.calls.length).toBe(1);
  });

  test('that is starting still is closed when it has started; one that does not start takes the server with it', async () => {
    const { browser, server, started } = fakes();
    let start!: (browser: BrowserServer) => void;
    const starting = new Promise<BrowserServer>((resolve) => {
      start = resolve;
    });
    const closing = new RunningBrowser(starting, server).close();
    expect(browser.close.mock.calls.length).toBe(0);
    start(started);
    await closing;
    expect(browser.close.mock.calls.length).toBe(1);
    await new RunningBrowser(Promise.reject(new Error('no browser')), server).close();
    expect(server.close.mock.calls.length).toBe(2);
  });

  test('that does not end by itself is killed', async () => {
    const { browser, server, started } = fakes(() => never);
    const closing = new RunningBrowser(Promise.resolve(started), server).close();
    await vi.advanceTimersByTimeAsync(5000);
    await closing;
    expect(browser.kill.mock.calls.length).toBe(1);
  });

  test('work in it that never settles fails a while after the signal, and with the browser', async () => {
    const { browser, server, started } = fakes();
    const controller = new AbortController();
    const running = new RunningBrowser(Promise.resolve(started), server, controller.signal);
    const lost = expect(running.whileOpen(never)).rejects.toThrow('the page is gone: it was closed');
    const onClosed = vi.fn();
    running.onClosed(onClosed);
    controller.abort();
    await vi.advanceTimersByTimeAsync(2999);
    expect(browser.close.mock.calls.length).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    await lost;
    expect([browser.close.mock.calls.length, onClosed.mock.calls.length]).toEqual([1, 1]);
  });

  test('closed in time leaves no timer behind that would keep the program waiting', async () => {
    const { server, started } = fakes();
    const controller = new AbortController();
    const running = new RunningBrowser(Promise.resolve(started), server, controller.signal);
    controller.abort();
    await running.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
