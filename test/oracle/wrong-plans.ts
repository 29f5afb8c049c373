/**
 * Mistakes that a plan or a fused operation may make, planted into a {@link HostBackend}: none of them is one of an
 * operation by itself.
 */
import type { Backend, Chain, DrawOperands, Plan, StepLayerOperands } from '../../src/engine/backend.ts';
import type { ModelCheckName } from '../../src/oracle/model-check.ts';
import type { HostBackend } from './host-backend.ts';
import { numbersOf } from './host-cells.ts';
import { fusedHead, fusedLayer } from './host-fused.ts';

export interface WrongPlan {
  readonly mistake: string;
  /** The checks that must see it, and no others. */
  readonly seen: readonly ModelCheckName[];
  plant(backend: HostBackend): Partial<Backend>;
}

export const wrongPlans: readonly WrongPlan[] = [
  {
    mistake: 'the fused layer forgets to move convState on',
    seen: ['step', 'plan'],
    plant: (backend) => ({
      stepLayer: layer((operands) => {
        const { convState } = operands;
        let before = numbersOf(convState);
        backend.enqueue(() => {
          before = numbersOf(convState).slice();
        });
        fusedLayer(backend, operands);
        backend.enqueue(() => numbersOf(convState).set(before));
      }),
    }),
  },
  {
    mistake: 'the fused layer keeps no h',
    seen: ['step', 'plan'],
    plant: (backend) => ({
      stepLayer: layer((operands) => {
        const { h } = operands;
        fusedLayer(backend, operands);
        backend.enqueue(() => {
          numbersOf(h).fill(0);
        });
      }),
    }),
  },
  {
    mistake: 'the fused layer discretizes B as Mamba does, always',
    seen: ['step', 'plan'],
    plant: (backend) => ({
      stepLayer: layer((operands) => fusedLayer(backend, { ...operands, discretization: 'mamba' })),
    }),
  },
  {
    mistake: 'the fused layer has no bias in its convolution',
    seen: ['step', 'plan'],
    plant: (backend) => ({
      stepLayer: layer((operands) => fusedLayer(backend, { ...operands, conv1dBias: undefined })),
    }),
  },
  {
    mistake: 'the fused head reads the first sequence for all',
    seen: ['step', 'plan'],
    plant: (backend) => ({
      stepHead: (operands) => {
        const { residual, sequences } = operands;
        const one = backend.floats('one for all', residual.length);
        const width = residual.length / sequences;
        backend.enqueue(() => {
          const first = numbersOf(residual).subarray(0, width);
          for (let s = 0; s < sequences; s++) numbersOf(one).set(first, s * width);
        });
        fusedHead(backend, { ...operands, residual: one });
        backend.free(one);
        return true;
      },
    }),
  },
  {
    mistake: 'a plan begins with the states of the run before',
    seen: ['step', 'plan'],
    plant: (backend) => ({ compile: (chain) => planFromOldStates(backend, chain) }),
  },
  {
    mistake: 'a plan undone stays as it is',
    seen: ['step', 'plan'], // a plan is run once to compile it
    plant: (backend) => ({ compile: async (chain) => ({ ...(await backend.compile(chain)), undo() {} }) }),
  },
  {
    mistake: 'the noise of the token beside',
    seen: ['plan'],
    plant: (backend) => ({
      draw: (operands) => {
        const { noise } = operands;
        backend.draw!({ ...operands, noise: { ...noise, offset: noise.offset + 1 } });
      },
    }),
  },
  {
    mistake: 'the temperature ignored',
    seen: ['plan'],
    plant: (backend) => ({
      draw: (operands) => {
        const sampling = backend.floats('sampling', 5);
        backend.enqueue(() => numbersOf(sampling).set([1, 0, 0, 0, operands.size]));
        backend.draw!({ ...operands, sampling });
        backend.free(sampling);
      },
    }),
  },
  {
    mistake: 'the filters ignored',
    seen: ['plan'],
    plant: (backend) => ({ draw: (operands) => backend.draw!({ ...operands, among: 'all' }) }),
  },
  {
    mistake: 'the place beside the largest',
    seen: ['plan'],
    plant: (backend) => ({ draw: afterDrawing(backend, (token, { size }) => (token + 1) % size) }),
  },
  {
    mistake: 'the choice of the first sequence for all',
    seen: ['plan'],
    plant: (backend) => ({ draw: afterDrawing(backend, (_, { out }) => numbersOf(out)[0]!) }),
  },
];

function layer(enqueue: (operands: StepLayerOperands) => void): NonNullable<Backend['stepLayer']> {
  return (operands) => {
    enqueue(operands);
    return true;
  };
}

function afterDrawing(
  backend: HostBackend,
  change: (token: number, operands: DrawOperands) => number,
): NonNullable<Backend['draw']> {
  return (operands) => {
    backend.draw!(operands);
    backend.enqueue(() => {
      const chosen = numbersOf(operands.out);
      for (let t = 0; t < operands.rows; t++) chosen[t] = change(chosen[t]!, operands);
    });
  };
}

/** Every second run begins where the one before it began. */
async function planFromOldStates(backend: HostBackend, chain: Chain): Promise<Plan> {
  const plan = await backend.compile(chain);
  const carried = chain.inputs.filter((cell) => chain.outputs.includes(cell));
  let before: readonly Float32Array[] | undefined;
  return {
    ...plan,
    run: async () => {
      await backend.settle();
      const now = carried.map((cell) => numbersOf(cell).slice());
      if (before !== undefined) for (const [i, cell] of carried.entries()) numbersOf(cell).set(before[i]!);
      before = now;
      await plan.run();
    },
  };
}
