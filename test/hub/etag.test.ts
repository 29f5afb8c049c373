import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startHash } from '../../src/hub/checksum.node.ts';
import { bareEtag, parseChecksum, strongEtag } from '../../src/hub/etag.ts';

const sha256 = '0123456789abcdef'.repeat(4);

describe('parseChecksum', () => {
  it('takes 64 digits for a sha256 and 40 for git’s sha1, in quotes or not, weak or not', () => {
    for (const tag of [sha256, `"${sha256}"`, `W/"${sha256}"`, sha256.toUpperCase()]) {
      expect(parseChecksum(tag, 'x')).toEqual({ algorithm: 'sha256', hex: sha256 });
    }
    expect(parseChecksum(`"${sha256.slice(0, 40)}"`, 'x')).toEqual({ algorithm: 'git-sha1', hex: sha256.slice(0, 40) });
  });

  it.each(['', '""', '"d41d8cd98f00b204e9800998ecf8427e"', `${sha256}0`, '../x', `${'a'.repeat(39)}/`])(
    'refuses %j, which nothing could be checked by',
    (tag) => expect(() => parseChecksum(tag, 'a/b/c')).toThrow('a/b/c: expected an ETag that is a sha256'),
  );
});

describe('bareEtag and strongEtag', () => {
  it('a weak tag has a value but promises nothing', () => {
    expect([bareEtag('W/"a"'), bareEtag('"a"'), bareEtag('a')]).toEqual(['a', 'a', 'a']);
    expect([strongEtag('"a"'), strongEtag('W/"a"'), strongEtag('a'), strongEtag(null)]).toEqual(['"a"', ...Array(3)]);
  });
});

describe('startHash', () => {
  it('of a blob is git’s own, of a large file plain sha256, however the bytes are cut', () => {
    // git hash-object of "hello\n" and of nothing
    expect(startHash({ algorithm: 'git-sha1' }, 6).update('hello\n').digest('hex')).toBe(
      'ce013625030ba8dba906f756967f9e9ca394464a',
    );
    expect(startHash({ algorithm: 'git-sha1' }, 0).digest('hex')).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(50), (bytes, cut) => {
        const hash = startHash({ algorithm: 'sha256' }, bytes.length);
        hash.update(bytes.subarray(0, cut)).update(bytes.subarray(cut));
        expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
      }),
    );
  });
});
