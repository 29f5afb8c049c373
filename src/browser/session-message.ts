/**
 * A session as JSON: float64 states as base64 of their bytes, so that nothing is rounded on the way.
 */
import type { Session } from '../generation/generate-tokens.ts';
import { expectMambaState } from '../generation/model-state.ts';
import type { Floats } from '../reference/types.ts';

export interface SessionMessage {
  readonly ids: readonly number[];
  readonly read: number;
  readonly layers: readonly { readonly convState: string; readonly h: string }[];
}

export function sessionToMessage({ ids, read, state }: Session): SessionMessage {
  const layers = expectMambaState(state).layers.map(({ convState, h }) => ({
    convState: encode(convState),
    h: encode(h),
  }));
  return { ids: [...ids], read, layers };
}

export function messageToSession({ ids, read, layers }: SessionMessage): Session {
  return {
    ids,
    read,
    state: { layers: layers.map(({ convState, h }) => ({ convState: decode(convState), h: decode(h) })) },
  };
}

function encode(values: Floats): string {
  const bytes = new Uint8Array(Float64Array.from(values).buffer);
  const pieces: string[] = [];
  const step = 0x2000; // arguments of one call
  for (let i = 0; i < bytes.length; i += step) pieces.push(String.fromCharCode(...bytes.subarray(i, i + step)));
  return btoa(pieces.join(''));
}

function decode(text: string): Float64Array {
  return new Float64Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}
