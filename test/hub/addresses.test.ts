import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseContentRange } from '../../src/hub/content-range.ts';
import { mostHops, nextHop } from '../../src/hub/redirect.ts';
import { parseRetryAfter, waitBefore } from '../../src/hub/retry-after.ts';
import { fileUrl, listUrl, parseEndpoint } from '../../src/hub/urls.ts';

const repo = { id: 'a/b', revision: 'refs/pr/1' };

describe('urls', () => {
  it('a revision is one part of the path, a file as many as it has', () => {
    expect(fileUrl('https://h', repo, 'x/y z#?.json').href).toBe(
      'https://h/a/b/resolve/refs%2Fpr%2F1/x/y%20z%23%3F.json',
    );
    expect(listUrl('https://h', repo).href).toBe('https://h/api/models/a/b/revision/refs%2Fpr%2F1?blobs=true');
    expect(fileUrl('http://mirror:81/hf', repo, 'c').href).toBe('http://mirror:81/hf/a/b/resolve/refs%2Fpr%2F1/c');
  });

  it('an endpoint is an address of http or https without a password; a slash at its end does not matter', () => {
    expect(parseEndpoint('https://huggingface.co/')).toBe('https://huggingface.co');
    expect(parseEndpoint('http://mirror:81/hf//')).toBe('http://mirror:81/hf');
    for (const text of ['', 'huggingface.co', 'ftp://h', 'file:///etc', 'https://user:word@h']) {
      expect(() => parseEndpoint(text)).toThrow('HF_ENDPOINT expected an address like');
    }
  });
});

describe('nextHop', () => {
  const here = new URL('https://hub/a/b');

  it('keeps the trust on the same scheme, host and port, loses it on any other, and never gets it back', () => {
    const hop = { url: here, trusted: true };
    expect(nextHop(hop, '/c')).toEqual({ url: new URL('https://hub/c'), trusted: true });
    expect(nextHop(hop, 'https://hub:444/c').trusted).toBe(false);
    const away = nextHop(hop, 'https://hub.evil/c');
    expect(away.trusted).toBe(false);
    expect(nextHop(away, 'https://hub/c').trusted).toBe(false);
    expect(nextHop({ url: new URL('http://hub/'), trusted: true }, 'https://hub/').trusted).toBe(false);
    expect(mostHops).toBeGreaterThan(2);
  });

  it.each([null, 'http://', 'file:///etc/passwd', 'data:,x', 'http://hub/c'])(
    'refuses to go from https to %j',
    (location) => {
      expect(() => nextHop({ url: here, trusted: true }, location)).toThrow(
        expect.objectContaining({ code: 'redirect' }),
      );
    },
  );
});

describe('parseContentRange', () => {
  it('reads what it says, and nothing that contradicts itself', () => {
    expect(parseContentRange('bytes 5-9/10')).toEqual({ first: 5, last: 9, total: 10 });
    expect(parseContentRange('bytes 5-9/*')).toEqual({ first: 5, last: 9, total: undefined });
    for (const text of [null, '', 'bytes */10', 'bytes 9-5/10', 'bytes 5-10/10', 'bytes=5-9/10', 'bytes 5-9/10x']) {
      expect(parseContentRange(text)).toBeUndefined();
    }
  });
});

describe('waiting', () => {
  it('Retry-After is seconds or a date, a past one no wait at all', () => {
    const now = Date.parse('Tue, 24 Nov 2026 12:00:00 GMT');
    expect(parseRetryAfter('7', now)).toBe(7000);
    expect(parseRetryAfter('Tue, 24 Nov 2026 12:00:09 GMT', now)).toBe(9000);
    expect(parseRetryAfter('Tue, 24 Nov 2026 11:00:00 GMT', now)).toBe(0);
    expect([parseRetryAfter(null, now), parseRetryAfter('soon', now), parseRetryAfter('-1x', now)]).toEqual(Array(3));
  });

  it('doubles, keeps to what the server asks, and never exceeds its cap', () => {
    const rule = { backoffMs: 100, longestWaitMs: 1000 };
    const unit = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(fc.nat(20), fc.option(fc.nat(5000), { nil: undefined }), unit, (n, asked, random) => {
        const wait = waitBefore(n, asked, rule, random);
        expect(wait).toBeLessThanOrEqual(1000);
        if (asked !== undefined) expect(wait).toBe(Math.min(asked, 1000));
        else expect(wait).toBeGreaterThanOrEqual(Math.min(50 * 2 ** n, 1000));
      }),
    );
  });
});
