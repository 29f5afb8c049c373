/**
 * The messages between a page that computes and whoever drives it: the command line through a browser it has started, a
 * web page's own buttons, or the page's address alone. All of them are JSON, so that any transport will do.
 *
 * A request has an id of the caller's choice; every answer names it. A request ends with exactly one `result` or `error`.
 */
import type { BenchTimes } from '../api/batch-bench.ts';
import type { TargetVerdict } from '../api/verify-target.ts';
import type { WeightDtype } from '../engine/backend.ts';
import type { ShapeName } from '../engine/named-shapes.ts';
import type { Generation } from '../generation/generate.ts';
import type { Sampling } from '../generation/sampler.ts';
import type { Score } from '../generation/score.ts';
import type { Discretization, MambaConfig } from '../reference/types.ts';
import type { SessionMessage } from './session-message.ts';

export const pageBackends = ['wasm', 'webgl', 'webgl2', 'webgpu'] as const;
export type PageBackend = (typeof pageBackends)[number];

/**
 * A folder with config.json, weights and tokenizer.json, or made-up weights. `weights` is a file's name in the folder; default:
 * the first there is of `weightFiles`, as a page cannot list a folder.
 */
export type ModelSource =
  | {
      readonly url: string;
      readonly name?: string | undefined;
      readonly weights?: string | undefined;
      /** The address of its tokenizer.json; default: in that folder. */
      readonly tokenizer?: string | undefined;
    }
  | { readonly random: ShapeName; readonly seed?: number | undefined };

/** Makes a model ready; one that was there before is given back first. */
export interface LoadRequest {
  readonly type: 'load';
  readonly backend: PageBackend;
  /** Relative addresses start at the folder of this package. */
  readonly model: ModelSource;
  /** Default f32. */
  readonly dtype?: WeightDtype | undefined;
  /** For wasm only; default: as many as can run at once. */
  readonly threads?: number | undefined;
  readonly sequences?: number | undefined;
  readonly discretization?: Discretization | undefined;
}

export interface GenerateRequest {
  readonly type: 'generate';
  readonly prompt: string;
  readonly specialTokens?: boolean | undefined;
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
  readonly sampling?: Partial<Sampling> | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly logprobs?: number | undefined;
  readonly eosTokenIds?: readonly number[] | undefined;
  readonly session?: SessionMessage | undefined;
  /** Answer with the state too. */
  readonly keepState?: boolean | undefined;
}

export interface ScoreRequest {
  readonly type: 'score';
  readonly text: string;
  readonly context?: number | undefined;
  readonly stream?: boolean | undefined;
}

export interface BenchRequest {
  readonly type: 'bench';
  readonly promptLength: number;
  readonly genLength: number;
  readonly repeats: number;
}

/** The vectors, random problems and small models; none is loaded before. No problems: only whether the backend is there, and where it runs. */
export interface VerifyRequest {
  readonly type: 'verify';
  readonly backend: PageBackend;
  readonly problems: number;
}

export interface DisposeRequest {
  readonly type: 'dispose';
}

/** Ends the request of that id as soon as possible; it answers still. This one has no answer of its own. */
export interface AbortRequest {
  readonly type: 'abort';
}

export type WorkRequest = LoadRequest | GenerateRequest | ScoreRequest | BenchRequest | VerifyRequest | DisposeRequest;

export type Request = (WorkRequest | AbortRequest) & { readonly id: number };

/** What each request's `result` holds. */
export interface Results {
  readonly load: {
    readonly name: string;
    readonly config: MambaConfig;
    readonly fingerprint?: string | undefined;
    readonly dtype: string;
    readonly residentBytes: number | null;
  };
  readonly generate: Generation & { readonly session?: SessionMessage | undefined };
  readonly score: Score;
  readonly bench: BenchTimes;
  /** Null when nothing was asked for. */
  readonly verify: TargetVerdict | null;
  readonly dispose: null;
}

export type WorkName = keyof Results;

/** Which stage of the work has come how far. */
export interface ProgressAnswer {
  readonly type: 'progress';
  readonly id: number;
  readonly what: 'load' | 'encode' | 'read' | 'bench' | 'verify';
  readonly done: number;
  readonly total: number;
}

/** A piece of generated text, as it comes. */
export interface PieceAnswer {
  readonly type: 'piece';
  readonly id: number;
  readonly text: string;
  readonly token?: number | undefined;
}

export interface ResultAnswer<W extends WorkName = WorkName> {
  readonly type: 'result';
  readonly id: number;
  /** What computed it, and where: null when nothing is loaded. */
  readonly backend: string | null;
  readonly device: string | null;
  readonly result: Results[W];
}

export interface ErrorAnswer {
  readonly type: 'error';
  readonly id: number;
  /** The class: `UnsupportedError` … */
  readonly name: string;
  readonly message: string;
}

export type Answer = ProgressAnswer | PieceAnswer | ResultAnswer | ErrorAnswer;
