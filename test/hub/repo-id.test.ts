import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HubError } from '../../src/hub/hub-error.ts';
import { cacheFolderName, idOfCacheFolder, isCommit, parseRepoId } from '../../src/hub/repo-id.ts';

const word = fc
  .stringMatching(/^[A-Za-z0-9_]{1,6}([.-][A-Za-z0-9_]{1,6}){0,2}$/)
  .map((text) => text.replace(/\.git$/, ''));

describe('parseRepoId', () => {
  it('reads ORG/NAME as of main, and ORG/NAME@REVISION', () => {
    expect(parseRepoId('state-spaces/mamba-2.8b')).toEqual({ id: 'state-spaces/mamba-2.8b', revision: 'main' });
    expect(parseRepoId('a/b@refs/pr/1')).toEqual({ id: 'a/b', revision: 'refs/pr/1' });
  });

  it.each([
    ...['', 'gpt2', 'a/b/c', '/a/b', 'a//b', '../b', 'a/..', 'a/b..c', 'a/b--c', '-a/b', 'a/b-', 'a/b.', 'a/b.git'],
    ...[
      'a\\b/c',
      'a/b c',
      'a/b\u0000',
      'a/ß',
      'a/b@',
      'a/b@../../x',
      'a/b@/x',
      'a/b@x\\y',
      'a/b@c:d',
      `a/${'x'.repeat(97)}`,
    ],
  ])('refuses %j', (text) => {
    expect(() => parseRepoId(text)).toThrow(HubError);
  });

  it('an id comes back from the name of its folder in the cache, which is one name', () => {
    fc.assert(
      fc.property(word, word, (org, name) => {
        const { id } = parseRepoId(`${org}/${name}`);
        expect(cacheFolderName(id)).not.toMatch(/[/\\]/);
        expect(idOfCacheFolder(cacheFolderName(id))).toBe(id);
      }),
    );
  });
});

describe('idOfCacheFolder', () => {
  it.each(['datasets--a--b', 'models--', 'models--a--b--c', 'models--..--b', '.locks', 'version.txt'])(
    '%j is none',
    (name) => {
      expect(idOfCacheFolder(name)).toBeUndefined();
    },
  );
});

describe('isCommit', () => {
  it('holds for 40 lower-case hexadecimal digits alone', () => {
    expect(isCommit('0123456789abcdef0123456789abcdef01234567')).toBe(true);
    for (const text of ['main', 'A'.repeat(40), 'a'.repeat(39), `${'a'.repeat(40)}\n`, ''])
      expect(isCommit(text)).toBe(false);
  });
});
