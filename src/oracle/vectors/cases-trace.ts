/**
 * The case of each layer of a model that is published: its weights are those of the model's own file, which the parameters
 * name.
 */
import { mambaModelForward } from '../../reference/mamba-model.ts';
import type { Floats, MambaConfig, Weights } from '../../reference/types.ts';
import { Random } from '../random.ts';
import type { Run } from './conditions.ts';
import { nudgedWeights, runsOneByOne } from './conditions.ts';
import { intermediate, parametersOf } from './measured-outputs.ts';
import type { VectorCase } from './vector-case.ts';

/** The model that comes with the package, from the package's folder. */
export const embeddedModel = 'models/tiny-shakespeare';

const prompt = 'ROMEO:\nO';

export interface TracedModel {
  readonly config: MambaConfig;
  readonly weights: Weights;
}

/**
 * What each layer of the embedded model computes on a few bytes of text.
 * @param model what {@link embeddedModel} holds, whose tokens are bytes
 * @param pause between two runs of the model, which take a third of a second each; whatever it throws ends the work
 */
export async function embeddedTrace(
  model: TracedModel,
  pause: () => Promise<void> = async () => {},
): Promise<VectorCase> {
  const ids = Array.from(new TextEncoder().encode(prompt));
  const shapes: Record<string, readonly number[]> = {};
  const run: Run = (nudge) => {
    const steps: Record<string, Floats> = {};
    const trace = (name: string, shape: readonly number[], data: Floats) => {
      if (/^layers\.\d+\.(conv|delta|B|C|y|out|residual)$|^hidden$/.test(name))
        [steps[name], shapes[name]] = [data, shape];
    };
    mambaModelForward(model.config, nudgedWeights(model.weights, nudge), ids, { trace });
    return steps;
  };
  const right = run((data) => Float64Array.from(data));
  const nudged: Readonly<Record<string, Floats>>[] = [];
  for (const one of runsOneByOne(new Random(0), run)) {
    nudged.push(one);
    await pause();
  }
  const outputs = Object.entries(right).map(([name, data]) => {
    const moved = nudged.map((one) => one[name]);
    return [name, intermediate('trace', shapes[name]!, data, moved)] as const;
  });
  return {
    ...{ name: 'trace/embedded', operation: 'trace', narrow: false },
    parameters: { ...parametersOf(model.config), model: embeddedModel },
    note: `${embeddedModel} on a prompt of ${ids.length} tokens, layer by layer`,
    inputs: { ids: { axes: ['t'], shape: [ids.length], data: Int32Array.from(ids) } },
    outputs: Object.fromEntries(outputs),
  };
}
