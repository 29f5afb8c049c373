/**
 * The sizes of a model of either kind, Mamba or GPT-Neo: from a config.json, or by the name of a published shape.
 */
import { parseModelConfig } from '../checkpoint/config.ts';
import type { ModelConfig } from '../engine/architecture.ts';
import { isGptNeoConfig } from '../engine/architecture.ts';
import {
  gptNeoShapeNames,
  isGptNeoShapeName,
  isShapeName,
  namedConfig,
  namedGptNeoConfig,
  shapeNames,
} from '../engine/named-shapes.ts';
import type { GptNeoConfig } from '../reference/gpt-neo-types.ts';
import type { MambaConfig } from '../reference/types.ts';

export interface MambaShape {
  readonly kind: 'mamba';
  readonly config: MambaConfig;
}

export interface GptNeoShape {
  readonly kind: 'gpt-neo';
  readonly config: GptNeoConfig;
}

export type ModelShape = MambaShape | GptNeoShape;

/** Every name that {@link namedShape} knows; a Mamba's may also be written mamba-NAME. */
export const allShapeNames: readonly string[] = [...shapeNames, ...gptNeoShapeNames];

/** The shape of that name (letters may be large or small), or undefined: `2.8b`, `mamba-2.8b`, `gpt-neo-2.7B`. */
export function namedShape(name: string): ModelShape | undefined {
  const lower = name.toLowerCase();
  const mamba = lower.replace(/^mamba-/, '');
  if (isShapeName(mamba)) return { kind: 'mamba', config: namedConfig(mamba) };
  return isGptNeoShapeName(lower) ? { kind: 'gpt-neo', config: namedGptNeoConfig(lower) } : undefined;
}

/**
 * The shape in a config.json.
 * @param file what errors call it
 * @throws CheckpointError when it is no config of a model of either kind
 */
export function parseModelShape(text: string, file: string): ModelShape {
  return shapeOfConfig(parseModelConfig(text, file).config);
}

export function shapeOfConfig(config: ModelConfig): ModelShape {
  return isGptNeoConfig(config) ? { kind: 'gpt-neo', config } : { kind: 'mamba', config };
}

/** The longest text a model can read: a Mamba has no end, a GPT-Neo ends with its table of positions. */
export function mostTokens(shape: ModelShape): number {
  return shape.kind === 'mamba' ? Number.POSITIVE_INFINITY : shape.config.maxPositions;
}

/**
 * The Transformer, or the Mamba, of the same class of size, by whose side a published model is measured: 130m and 125m,
 * 1.4b and 1.3b, 2.8b and 2.7b. Names are shapes' or ids on the hub. Undefined for all others.
 */
export function counterpartOf(name: string): string | undefined {
  const bare = name.toLowerCase().replace(/-hf$/, '');
  for (const [mamba, gptNeo] of counterparts) {
    if (bare === mamba || bare === `mamba-${mamba}`) return `gpt-neo-${gptNeo.toLowerCase()}`;
    if (bare === `gpt-neo-${gptNeo.toLowerCase()}`) return mamba;
    if (bare === `state-spaces/mamba-${mamba}`) return `EleutherAI/gpt-neo-${gptNeo}`;
    if (bare === `eleutherai/gpt-neo-${gptNeo.toLowerCase()}`) return `state-spaces/mamba-${mamba}`;
  }
  return undefined;
}

const counterparts = [
  ['130m', '125m'],
  ['1.4b', '1.3B'],
  ['2.8b', '2.7B'],
] as const;
