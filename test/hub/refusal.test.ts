import { expect, test } from 'vitest';
import { refusal } from '../../src/hub/refusal.ts';

const repo = { id: 'a/b', revision: 'v2' };
const asked = { endpoint: 'https://hub', repo, token: false };
const answer = (status: number, headers: Record<string, string> = {}) => ({ status, headers: new Headers(headers) });

test.each([
  [
    answer(401),
    asked,
    'unauthorized',
    'a/b: the hub has no such model for you (401); check the name, or set HF_TOKEN if it is private',
  ],
  [
    answer(401),
    { ...asked, token: true },
    'unauthorized',
    'a/b: the hub has no such model for you (401); check the name and the token',
  ],
  [
    answer(401, { 'x-error-code': 'GatedRepo' }),
    asked,
    'forbidden',
    'a/b: access is restricted; ask for it at https://hub/a/b and set HF_TOKEN to a token of that account',
  ],
  [
    answer(403),
    { ...asked, token: true },
    'forbidden',
    'a/b: access is restricted; ask for it at https://hub/a/b with the account of your token',
  ],
  [answer(404), asked, 'not-found', 'a/b: the hub has no such model (404); check the name, ORG/NAME'],
  [
    answer(404, { 'x-error-code': 'RevisionNotFound' }),
    asked,
    'revision',
    'a/b: expected a branch, tag or commit, there is no "v2"',
  ],
  [
    answer(404),
    { ...asked, file: 'x.json' },
    'entry',
    'a/b@v2: there is no file "x.json" (404); the model is not whole there: try another revision (a/b@REVISION), or tell its owner',
  ],
  [
    answer(404, { 'x-error-code': 'RepoNotFound' }),
    { ...asked, file: 'x.json' },
    'not-found',
    'a/b: the hub has no such model (404); check the name, ORG/NAME',
  ],
  [answer(429), asked, 'rate-limit', 'a/b: the hub refuses so many requests (429); wait a while'],
  [answer(503), { ...asked, file: 'x.json' }, 'server', 'a/b/x.json: the hub is in trouble (503); try again later'],
  [answer(418), asked, 'response', 'a/b: expected the file, got status 418'],
] as const)('an answer %j is one line that says what to do', (response, about, code, message) => {
  const error = refusal(response, about);
  expect([error.code, error.message]).toEqual([code, message]);
});

test('429 and 503 carry the wait that the server asks for', () => {
  expect(refusal(answer(429, { 'retry-after': '3' }), asked).retryAfterMs).toBe(3000);
  expect(refusal(answer(503), asked).retryAfterMs).toBeUndefined();
});
