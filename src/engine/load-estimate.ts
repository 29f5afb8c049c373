/**
 * What loading a model will take, said before it begins.
 */
import { gptNeoParameterCount, parameterCount } from '../checkpoint/index.ts';
import type { ModelConfig } from './architecture.ts';
import { isGptNeoConfig } from './architecture.ts';
import type { WeightDtype } from './backend.ts';
import type { Room } from './memory-plan.ts';
import { modelBytes } from './memory-plan.ts';
import { weightDtypes } from './resident-bytes.ts';

export interface LoadEstimate {
  readonly parameters: number;
  /** Bytes the machine has free. */
  readonly freeBytes: number;
  /** Bytes of weights, states, activations and head, by dtype. */
  readonly bytes: Readonly<Record<WeightDtype, number>>;
  /** The one it is loaded in. */
  readonly dtype: WeightDtype;
  /** Over how many memories. */
  readonly memories: number;
}

export function loadEstimate(
  config: ModelConfig,
  { dtype, memories }: Pick<LoadEstimate, 'dtype' | 'memories'>,
  room: Room,
): LoadEstimate {
  const bytes = Object.fromEntries(weightDtypes.map((each) => [each, modelBytes(config, each, room)]));
  const { freeBytes } = room;
  const parameters = parametersOf(config);
  return { parameters, freeBytes, bytes: bytes as LoadEstimate['bytes'], dtype, memories };
}

/** The tied head once. */
export function parametersOf(config: ModelConfig): number {
  return isGptNeoConfig(config) ? gptNeoParameterCount(config) : parameterCount(config);
}
