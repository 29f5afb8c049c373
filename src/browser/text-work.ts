/**
 * Requests about text, on the page's model.
 */
import type { LoadedModel } from '../api/loaded-model.ts';
import type { GenerateOptions } from '../generation/generate.ts';
import type { ScoreOptions } from '../generation/score.ts';
import type { GenerateRequest, Results, ScoreRequest } from './protocol.ts';
import { messageToSession, sessionToMessage } from './session-message.ts';
import type { Work } from './work.ts';

export async function generateText(
  loaded: LoadedModel,
  { prompt, keepState, session, type: _, ...options }: GenerateRequest,
  work: Work,
): Promise<Results['generate']> {
  const watch = { signal: work.signal, onEncode: work.progress('encode'), onProgress: work.progress('read') };
  const behind = session === undefined ? {} : { session: messageToSession(session) };
  const pieces = loaded.generate(prompt, { ...defined<GenerateOptions>(options), ...behind, ...watch });
  for (;;) {
    const next = await pieces.next();
    if (!next.done) work.piece(next.value.text, next.value.id);
    else if (!keepState) return next.value;
    else return { ...next.value, session: sessionToMessage(await loaded.snapshot(next.value)) };
  }
}

export function scoreText(
  loaded: LoadedModel,
  { text, context, stream }: ScoreRequest,
  work: Work,
): Promise<Results['score']> {
  const watch = { signal: work.signal, onEncode: work.progress('encode'), onProgress: work.progress('read') };
  return loaded.score(text, { ...defined<ScoreOptions>({ context, stream }), ...watch });
}

/** JSON has no undefined; a caller on the same page may, and what it left out must not override a default. */
function defined<T extends object>(options: { readonly [K in keyof T]?: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
