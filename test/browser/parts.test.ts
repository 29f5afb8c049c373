/**
 * The parts that need no browser: where one is looked for, how it is started, how messages hold states and errors.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviceLabel } from '../../gpu/software.ts';
import { browserFlags } from '../../src/browser/browser-flags.ts';
import { Connection } from '../../src/browser/connection.ts';
import { errorFromMessage, errorToMessage } from '../../src/browser/error-message.ts';
import { browserPlaces, findBrowser } from '../../src/browser/find-browser.node.ts';
import type { Request } from '../../src/browser/protocol.ts';
import { messageToSession, sessionToMessage } from '../../src/browser/session-message.ts';
import { UnsupportedError } from '../../src/engine/errors.ts';

describe('an installed browser', () => {
  it('is CHROME_PATH before anything else, and its absence says what to do', () => {
    expect(findBrowser({ CHROME_PATH: process.execPath })).toBe(process.execPath);
    expect(() => findBrowser({ CHROME_PATH: '/nowhere' })).toThrow(
      new UnsupportedError('CHROME_PATH expected an installed browser, there is no "/nowhere"'),
    );
    expect(() => findBrowser({ HOME: '/nowhere' }, 'win32')).toThrow(
      /found none; install Google Chrome, or set CHROME_PATH/,
    );
  });

  it('is looked for where each platform has it', () => {
    expect(browserPlaces('darwin', {})[0]).toBe('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
    expect(browserPlaces('win32', { ProgramFiles: 'C:\\P' })).toEqual([
      'C:\\P\\Google\\Chrome\\Application\\chrome.exe',
      'C:\\P\\Microsoft\\Edge\\Application\\msedge.exe',
    ]);
    expect(browserPlaces('linux', { PATH: '/opt/x' })[0]).toBe('/opt/x/chromium');
  });

  it('renders in software only when asked to, and drops its sandbox only for root', () => {
    const linux = { platform: 'linux', software: false, root: false };
    expect(browserFlags(linux)).toContain('--use-angle=vulkan');
    expect(browserFlags(linux).join()).not.toMatch(/swiftshader|no-sandbox/);
    expect(browserFlags({ ...linux, software: true })).toContain('--use-webgpu-adapter=swiftshader');
    expect(browserFlags({ ...linux, software: true }).join()).not.toContain('vulkan');
    expect(browserFlags({ ...linux, webgl: true })).toContain('--use-angle=gl-egl');
    expect(browserFlags({ ...linux, webgl: true, software: true })).toContain('--use-angle=swiftshader');
    expect(browserFlags({ ...linux, root: true })).toContain('--no-sandbox');
  });
});

it.each([
  ['ANGLE (SwiftShader driver)', 'ANGLE (SwiftShader driver) (software)'],
  ['llvmpipe (LLVM 15)', 'llvmpipe (LLVM 15) (software)'],
  ['google swiftshader (software)', 'google swiftshader (software)'],
  ['AMD Radeon RX 7900', 'AMD Radeon RX 7900'],
])('the device %s is labelled %s', (device, label) => expect(deviceLabel(device)).toBe(label));

it('a session comes back from its message bit for bit', () => {
  fc.assert(
    fc.property(fc.float64Array({ maxLength: 40 }), fc.float64Array({ maxLength: 40 }), (convState, h) => {
      const session = { ids: [1, 2, 3], read: 2, state: { layers: [{ convState, h }] } };
      expect(messageToSession(JSON.parse(JSON.stringify(sessionToMessage(session))))).toEqual(session);
    }),
  );
});

it('an error comes back with its class and its line', () => {
  const back = errorFromMessage(errorToMessage(new UnsupportedError('webgpu expected an adapter')));
  expect(back).toBeInstanceOf(UnsupportedError);
  expect(back.message).toBe('webgpu expected an adapter');
  expect(errorFromMessage(errorToMessage('text')).message).toBe('text');
});

describe('a connection', () => {
  function connect() {
    const sent: Request[] = [];
    const connection = new Connection(async (request) => sent.push(request));
    return { sent, connection };
  }
  const work = { type: 'dispose' } as const;

  it('gives each request its own answers', async () => {
    const { sent, connection } = connect();
    const [first, second] = [connection.request(work), connection.request(work)];
    connection.take({ type: 'error', id: 1, name: 'RangeError', message: 'no' });
    connection.take({ type: 'result', id: 0, backend: 'wasm', device: 'x', result: null });
    await expect(second).rejects.toThrow(new RangeError('no'));
    expect(await first).toMatchObject({ backend: 'wasm' });
    expect(sent).toEqual([
      { ...work, id: 0 },
      { ...work, id: 1 },
    ]);
  });

  it('passes an abort on, and sends nothing that is aborted before', async () => {
    const { sent, connection } = connect();
    const controller = new AbortController();
    const waiting = connection.request(work, { signal: controller.signal });
    controller.abort();
    connection.take({ type: 'error', id: 0, name: 'AbortError', message: 'aborted' });
    await expect(waiting).rejects.toThrow('aborted');
    await expect(connection.request(work, { signal: controller.signal })).rejects.toThrow();
    expect(sent).toEqual([
      { ...work, id: 0 },
      { type: 'abort', id: 0 },
    ]);
  });

  it('that is lost fails all requests, and a page that takes none is lost', async () => {
    const connection = new Connection(() => Promise.reject(new Error('closed')));
    await expect(connection.request(work)).rejects.toThrow('the page is gone: closed');
    await expect(connection.request(work)).rejects.toThrow('the page is gone: closed');
  });
});
