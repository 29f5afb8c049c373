/**
 * A model in a page, used from outside as if it were here: the same calls as a {@link LoadedModel} has.
 */
import type { GenerateOptions, Generation, Piece } from '../generation/generate.ts';
import type { Session } from '../generation/generate-tokens.ts';
import type { Score, ScoreOptions } from '../generation/score.ts';
import type { MambaConfig } from '../reference/types.ts';
import type { Connection, RequestWatch } from './connection.ts';
import { PieceQueue } from './piece-queue.ts';
import type { LoadRequest, ProgressAnswer } from './protocol.ts';
import type { SessionMessage } from './session-message.ts';
import { messageToSession, sessionToMessage } from './session-message.ts';

/** Where the model is, and how that place is closed when nobody needs it any more. */
export interface RemotePage {
  readonly connection: Connection;
  close(): Promise<void>;
}

export class RemoteModel {
  readonly name: string;
  readonly config: MambaConfig;
  readonly fingerprint: string | undefined;
  readonly model: { readonly backend: string; readonly device: string; readonly dtype: string };
  readonly #connection: Connection;
  readonly #close: () => Promise<void>;
  readonly #sessions = new WeakMap<object, SessionMessage>();

  private constructor(
    { connection, close }: RemotePage,
    parts: Pick<RemoteModel, 'name' | 'config' | 'fingerprint' | 'model'>,
  ) {
    this.#connection = connection;
    this.#close = close;
    this.name = parts.name;
    this.config = parts.config;
    this.fingerprint = parts.fingerprint;
    this.model = parts.model;
  }

  static async open(page: RemotePage, load: LoadRequest, watch: RequestWatch = {}): Promise<RemoteModel> {
    const { result, backend, device } = await page.connection.request(load, watch);
    const { name, config, fingerprint, dtype } = result;
    const model = { backend: backend ?? load.backend, device: device ?? '', dtype };
    return new RemoteModel(page, { name, config, fingerprint, model });
  }

  /** As {@link LoadedModel.generate}; with `keepState` it can be asked for a snapshot afterwards. */
  async *generate(
    prompt: string,
    options: GenerateOptions & { readonly keepState?: boolean } = {},
  ): AsyncGenerator<Piece, Generation> {
    const { signal, session, onEncode, onProgress, onLogits: _, ...plain } = options;
    const queue = new PieceQueue();
    const sent = session === undefined ? {} : { session: sessionToMessage(session) };
    const watch = watchOf({ signal, onEncode, onProgress });
    const onPiece: RequestWatch['onPiece'] = ({ text, token }) =>
      queue.push(token === undefined ? { text } : { text, id: token });
    const answer = this.#connection.request(
      { type: 'generate', prompt, ...plain, ...sent },
      // An aborted generation ends by itself and says how far it has come.
      { ...watch, onPiece },
    );
    answer.then(
      () => queue.end(),
      () => queue.end(),
    );
    yield* queue;
    const { session: kept, ...generation } = (await answer).result;
    if (kept !== undefined) this.#sessions.set(generation, kept);
    return generation;
  }

  async score(text: string, { signal, onEncode, onProgress, ...options }: ScoreOptions = {}): Promise<Score> {
    const watch = watchOf({ signal, onEncode, onProgress });
    return (await this.#connection.request({ type: 'score', text, ...options }, watch)).result;
  }

  /** @throws Error for a generation that was not asked to keep its state */
  async snapshot(generation: Pick<Generation, 'ids' | 'read'>): Promise<Session> {
    const kept = this.#sessions.get(generation);
    if (kept === undefined) throw new Error('snapshot() expected a generation with keepState, got one without');
    return messageToSession(kept);
  }

  /** Closes the page, and with it everything in it. */
  dispose(): Promise<void> {
    return this.#close();
  }
}

function watchOf({ signal, onEncode, onProgress }: Pick<ScoreOptions, 'signal' | 'onEncode' | 'onProgress'>) {
  const report = ({ what, done, total }: ProgressAnswer) => (what === 'encode' ? onEncode : onProgress)?.(done, total);
  return { signal, onProgress: report };
}
