/**
 * Starts an installed browser without a window, opens the page in it and speaks the protocol with it. Browser, server and
 * temporary profile end with {@link BrowserPage.close}, or with `process.exit`. Signals are the caller's: a program that
 * one of them ends without either leaves them behind.
 */
import type { Browser, Page } from 'playwright-core';
import { isSoftware } from '../../gpu/software.ts';
import { DeviceLostError, UnsupportedError } from '../engine/errors.ts';
import { browserFlags } from './browser-flags.ts';
import { Connection } from './connection.ts';
import { serveFiles } from './file-server.node.ts';
import { findBrowser } from './find-browser.node.ts';
import { pageMounts, pagePath } from './mounts.node.ts';
import type { Answer, PageBackend, Request } from './protocol.ts';
import { RunningBrowser } from './running-browser.node.ts';
import { within } from './within.ts';

export interface DriverOptions {
  /** Served as {@link modelPrefix}. */
  readonly modelFolder?: string | undefined;
  /** Where its tokenizer.json is, if not in that folder. */
  readonly tokenizerJsonPath?: string | undefined;
  /** Render on the CPU; default: MAMBA_SOFTWARE_GL=1. */
  readonly software?: boolean | undefined;
  /** What the page is for; decides how a GPU is reached. */
  readonly backend?: PageBackend | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface BrowserPage {
  readonly connection: Connection;
  /** `Chromium 156.0.8078.79` */
  readonly browser: string;
  /** The renderer's name, null when there is none. */
  rendererOf(backend: Exclude<PageBackend, 'wasm'>): Promise<string | null>;
  close(): Promise<void>;
}

/** Milliseconds: a browser starts within seconds, and a renderer that takes longer than this to answer hangs. */
const patience = { launch: 60_000, renderer: 10_000 };

/** Playwright's own handlers would close the browser under our work, and leave the exit code to chance. */
const noSignals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };

/** @throws UnsupportedError when something is not installed, saying the one command that installs it */
export async function openBrowserPage(options: DriverOptions = {}): Promise<BrowserPage> {
  const { signal, software = process.env.MAMBA_SOFTWARE_GL === '1' } = options;
  const executablePath = findBrowser();
  const mounts = pageMounts(options.modelFolder, options.tokenizerJsonPath);
  const { chromium } = await importPlaywright();
  signal?.throwIfAborted();
  const args = browserFlags({
    ...{ platform: process.platform, software, root: process.getuid?.() === 0 },
    webgl: options.backend?.startsWith('webgl'),
  });
  const server = await serveFiles(mounts);
  // A browser with a server of its own can be killed when it hangs, and is cleaned up after then too.
  const launch = { executablePath, args: [...args], ...noSignals, timeout: patience.launch, host: '127.0.0.1' };
  const starting = chromium.launchServer(launch).catch((cause: Error) => {
    throw new UnsupportedError(`"${executablePath}" expected to start: ${firstLine(cause)}`, { cause });
  });
  const running = new RunningBrowser(starting, server, signal);
  try {
    const started = await starting;
    signal?.throwIfAborted();
    const opening = chromium.connect(started.wsEndpoint()).then((browser) => openPage(browser, running, software));
    return await running.whileOpen(opening);
  } catch (error) {
    await running.close();
    throw error;
  }
}

async function openPage(browser: Browser, running: RunningBrowser, software: boolean): Promise<BrowserPage> {
  const page = await browser.newPage();
  const evaluate = (call: string) => page.evaluate(`window.mamba.${call}`);
  const connection = new Connection((request: Request) => evaluate(`receive(${JSON.stringify(request)})`));
  await page.exposeFunction('mambaAnswer', (answer: string) => connection.take(JSON.parse(answer) as Answer));
  watchForLoss(page, browser, connection);
  running.onClosed(() => connection.lose('it was closed'));
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(firstLine(error)));
  const address = `${running.url}${pagePath}`;
  await page.goto(address).catch((cause: Error) => {
    throw new DeviceLostError(`the page expected to open: ${firstLine(cause)}`, { cause });
  });
  await page.waitForFunction('window.mamba !== undefined', undefined, { timeout: patience.renderer }).catch(() => {
    throw new Error(`the page expected to start, got ${errors[0] ?? 'no answer'}`);
  });
  return {
    connection,
    browser: `Chromium ${browser.version()}`,
    rendererOf: async (backend) => {
      const asked = evaluate(`rendererOf(${JSON.stringify(backend)})`) as Promise<string | null>;
      const name = await within(patience.renderer, asked, hanging(backend));
      if (software && name !== null && !isSoftware(name)) return `${name} (software)`; // whatever it calls itself
      return name;
    },
    close: () => running.close(),
  };
}

function watchForLoss(page: Page, browser: Browser, connection: Connection): void {
  page.on('crash', () => connection.lose('it has crashed (out of memory?)'));
  page.on('close', () => connection.lose('it was closed'));
  browser.on('disconnected', () => connection.lose('the browser has ended'));
}

function hanging(backend: string): string {
  const seconds = patience.renderer / 1000;
  return `the browser expected to say within ${seconds} s what renders ${backend}, got no answer; ${remedy}`;
}

/** What helps when a browser has no GPU. */
export const remedy =
  'check the graphics driver (on Linux: a Vulkan driver), or set MAMBA_SOFTWARE_GL=1 to render on the CPU, slowly';

async function importPlaywright() {
  try {
    return await import('playwright-core');
  } catch (cause) {
    throw new UnsupportedError('the package playwright-core expected to be installed: npm install playwright-core', {
      cause,
    });
  }
}

function firstLine(error: Error): string {
  return error.message.split('\n', 1)[0]!;
}
