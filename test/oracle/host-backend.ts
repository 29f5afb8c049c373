/**
 * A Backend whose cells are arrays here and whose operations are those of a target: of the reference, or of a simulated
 * GPU. It compiles plans, by running their chain, and fuses layers and heads, by the operations they are made of.
 */

import type { Backend } from '../../src/engine/backend.ts';
import { keptTokens } from '../../src/generation/kept-set.ts';
import type { Result } from '../../src/oracle/operation.ts';
import type { OperationName, Problems } from '../../src/oracle/operations.ts';
import type { Target } from '../../src/oracle/target.ts';
import type { HostCell, HostMatrix } from './host-cells.ts';
import { boundsOf, gather, numbersOf, scatter } from './host-cells.ts';
import { fusedHead, fusedLayer } from './host-fused.ts';
import { HostMemory } from './host-memory.ts';

const gaps = {};

export class HostBackend extends HostMemory implements Backend {
  readonly name = 'host';
  readonly device = 'arrays';
  readonly chunkLengths = 8;
  readonly #target: Target;

  constructor(target: Target) {
    super();
    this.#target = target;
  }

  stepLayer: Backend['stepLayer'] = (operands) => {
    fusedLayer(this, operands);
    return true;
  };

  stepHead: Backend['stepHead'] = (operands) => {
    fusedHead(this, operands);
    return true;
  };

  draw: Backend['draw'] = ({ out, x, noise, sampling, among, rows, width, size }) => {
    this.enqueue(() => {
      const [scale = 1, dropped = 0, topK = 0, minP = 0] = numbersOf(sampling);
      const [logits, added] = [gather(x, rows, width), gather(noise, rows, width)];
      const filters = { topK: among === 'candidates' ? topK : 0, topP: 1 - dropped, minP };
      for (let t = 0; t < rows; t++) {
        const row = Float64Array.from(logits.subarray(t * width, t * width + size), (value) => value * scale);
        const most = row.reduce((a, b) => Math.max(a, b));
        const weights = row.map((value) => Math.exp(value - most));
        const kept = among === 'all' ? Uint32Array.from(row.keys()) : keptTokens(weights, filters);
        const score = (id: number) => row[id]! + added[t * width + id]!;
        (out as HostCell).numbers[t] = kept.reduce((best, id) => (score(id) > score(best) ? id : best), kept[0]!);
      }
    });
  };

  embed: Backend['embed'] = ({ out, ids, weight, rows }) =>
    this.#run(
      'embed',
      () => ({
        ...{ rows, vocabSize: weight.rows, dModel: weight.columns, dtype: weight.dtype, gaps },
        ...{ ids: Uint32Array.from(numbersOf(ids).subarray(0, rows)), weight: (weight as HostMatrix).numbers },
      }),
      ({ out: result }) => scatter(out, rows, weight.columns, result!),
    );

  rmsNorm: Backend['rmsNorm'] = ({ out, x, weight, rows, width, eps }) =>
    this.#run(
      'rmsNorm',
      () => ({
        ...{ rows, width, eps, inPlace: false, gaps, x: gather(x, rows, width), weight: weight && numbersOf(weight) },
      }),
      ({ out: result }) => scatter(out, rows, width, result!),
    );

  linear: Backend['linear'] = ({ out, x, weight, bias, add, rows }) => {
    const { rows: dOut, columns: dIn, dtype } = weight;
    return this.#run(
      'linear',
      () => ({
        ...{ rows, dIn, dOut, dtype, gaps, x: gather(x, rows, dIn), weight: (weight as HostMatrix).numbers },
        ...{ bias: bias && numbersOf(bias), add: add ? gather(out, rows, dOut) : undefined },
      }),
      ({ out: result }) => scatter(out, rows, dOut, result!),
    );
  };

  causalConv1d: Backend['causalConv1d'] = (o) =>
    this.#run(
      'causalConv1d',
      () => ({
        ...{ seqLen: o.rows, cuSeqlens: boundsOf(o.bounds), dInner: o.dInner, dConv: o.dConv, silu: true, gaps },
        ...{ x: gather(o.x, o.rows, o.dInner), weight: numbersOf(o.weight), bias: o.bias && numbersOf(o.bias) },
        state: numbersOf(o.state),
      }),
      ({ y, state }) => {
        scatter(o.out, o.rows, o.dInner, y!);
        (o.state as HostCell).numbers = Float32Array.from(state!);
      },
    );

  selectiveScan: Backend['selectiveScan'] = (o) => {
    const { rows: seqLen, dInner, dState, groups, softplus, discretization } = o;
    return this.#run(
      'selectiveScan',
      () => ({
        ...{ seqLen, cuSeqlens: boundsOf(o.bounds), dInner, dState, groups, softplus, discretization, gaps },
        ...{ x: gather(o.x, seqLen, dInner), delta: gather(o.delta, seqLen, dInner), A: numbersOf(o.A) },
        ...{ B: gather(o.B, seqLen, groups * dState), C: gather(o.C, seqLen, groups * dState) },
        ...{ D: o.D && numbersOf(o.D), z: o.z && gather(o.z, seqLen, dInner) },
        ...{ deltaBias: o.deltaBias && numbersOf(o.deltaBias), h: numbersOf(o.h) },
      }),
      ({ y, hLast }) => {
        scatter(o.out, seqLen, dInner, y!);
        (o.h as HostCell).numbers = Float32Array.from(hLast!);
      },
    );
  };

  copyRows: Backend['copyRows'] = ({ out, x, index, rows, width }) =>
    this.enqueue(() => {
      const places = numbersOf(index).subarray(0, rows);
      const copied = Array.from(places, (row) => gather({ ...x, offset: x.offset + row * x.stride }, 1, width));
      scatter(
        out,
        rows,
        width,
        copied.flatMap((row) => Array.from(row)),
      );
    });

  embedAdd(): void {
    throw new Error('no check asks for it');
  }

  layerNorm(): void {
    throw new Error('no check asks for it');
  }

  gelu(): void {
    throw new Error('no check asks for it');
  }

  attention(): void {
    throw new Error('no check asks for it');
  }

  crossEntropy(): void {
    throw new Error('no check asks for it');
  }

  argmax(): void {
    throw new Error('no check asks for it');
  }

  #run<O extends OperationName>(operation: O, problem: () => Problems[O], take: (result: Result) => void): void {
    this.enqueue(async () => take(await this.#target.run(operation, problem())));
  }
}
