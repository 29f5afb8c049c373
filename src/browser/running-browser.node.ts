/**
 * The browser and the server of a driven page, from their start to their end, which comes once however often and by
 * whomever it is asked for: a second request to close would have Playwright kill the browser while it tidies up.
 */
import type { BrowserServer } from 'playwright-core';
import { DeviceLostError } from '../engine/errors.ts';
import type { FileServer } from './file-server.node.ts';
import { within } from './within.ts';

/** Milliseconds. */
const patience = { close: 5_000, abort: 3_000 };

export class RunningBrowser {
  readonly #browser: Promise<BrowserServer>;
  readonly #server: FileServer;
  readonly #signal: AbortSignal | undefined;
  readonly #closed: Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #tellClosed!: () => void;

  /**
   * @param browser may be starting still; what has not started yet is closed when it has
   * @param signal once aborted, whoever works in the page may answer still; after a while it is closed under its work
   */
  constructor(browser: Promise<BrowserServer>, server: FileServer, signal?: AbortSignal) {
    this.#browser = browser;
    this.#server = server;
    this.#signal = signal;
    this.#closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
    signal?.addEventListener('abort', this.#giveUpSoon, { once: true });
  }

  /** The page's address ends in a path of this server. */
  get url(): string {
    return this.#server.url;
  }

  onClosed(act: () => void): void {
    void this.#closed.then(act);
  }

  /** What Playwright leaves unsettled when its browser ends meanwhile must not be waited for: the program would end in it. */
  whileOpen<T>(work: Promise<T>): Promise<T> {
    const ended = this.#closed.then(() => {
      throw new DeviceLostError('the page is gone: it was closed');
    });
    return Promise.race([work, ended]);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#giveUpSoon);
    try {
      const browser = await this.#browser.catch(() => undefined);
      if (browser !== undefined) await within(patience.close, browser.close(), '').catch(() => browser.kill());
      await this.#server.close();
    } finally {
      this.#tellClosed();
    }
  }

  /** The timer keeps the program alive until then. */
  readonly #giveUpSoon = (): void => {
    this.#timer = setTimeout(() => this.close().catch(() => {}), patience.abort); // whoever closes it too hears of it
  };
}
