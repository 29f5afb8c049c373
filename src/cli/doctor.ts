/**
 * `mamba-ts doctor`: what runs here, and why.
 */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { Command } from 'commander';
import { freeMemory } from '../api/free-memory.node.ts';
import { chooseBuild, detectFeatures } from '../wasm/builds.ts';
import { nodeHost } from '../wasm/host.node.ts';
import { openMachine } from '../wasm/machine.ts';
import type { Finding } from './doctor-gpu.ts';
import { examineGpus } from './doctor-gpu.ts';
import { InterruptedError } from './exit.ts';
import type { Interrupt } from './interrupt.ts';
import { writeResult } from './output.ts';

const examples = `
Examples:
  $ mamba-ts doctor
  $ mamba-ts doctor --json`;

export function doctorCommand(interrupt: Interrupt): Command {
  return new Command('doctor')
    .description('What this machine offers, which backends run, and why.')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples)
    .action(async ({ json }: { readonly json?: boolean }) => {
      const signal = interrupt.takeSignal();
      const report = await examine(signal);
      if (signal.aborted) throw new InterruptedError();
      await writeResult(json ? `${JSON.stringify(report)}\n` : text(report));
    });
}

type Report = Awaited<ReturnType<typeof examine>>;

async function examine(signal: AbortSignal) {
  const features = detectFeatures();
  const choice = chooseBuild(features, nodeHost.parallelism);
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    memoryBytes: totalmem(),
    freeMemoryBytes: freeMemory(),
    webAssembly: features,
    wasm: choice === undefined ? { runs: false, reason: 'no SIMD in WebAssembly' } : await tryBuild(choice),
    reference: { runs: true, reason: 'plain JavaScript in float64' },
    ...(await examineGpus(signal)),
  };
}

/** Compiles the build and opens a memory: what is said to run has run. */
async function tryBuild({ build, reason }: { readonly build: string; readonly reason: string }) {
  try {
    const machine = await openMachine(nodeHost);
    const { device } = machine;
    machine.dispose();
    return { runs: true, build, device, reason };
  } catch (error) {
    return { runs: false, build, reason: error instanceof Error ? error.message : String(error) };
  }
}

function text(report: Report): string {
  const { webAssembly, wasm, reference, memoryBytes, freeMemoryBytes, ...others } = report;
  const { headlessgl, webgl, webgl2, webgpu, ...machine } = others;
  const found = ({ device, reason }: Finding) => `${device ?? 'does not run'} (${reason})`;
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const yes = (holds: boolean) => (holds ? 'yes' : 'no');
  const rows: [string, string][] = [
    ...Object.entries(machine).map(([name, value]): [string, string] => [name, String(value)]),
    ['memory', `${gigabytes(memoryBytes)}, ${gigabytes(freeMemoryBytes)} free`],
    ['SIMD', yes(webAssembly.simd)],
    ['relaxed SIMD', yes(webAssembly.relaxedSimd)],
    ['shared memory', yes(webAssembly.threads)],
    ['wasm', `${'device' in wasm ? wasm.device : 'does not run'} (${wasm.reason})`],
    ['reference', `runs (${reference.reason})`],
    ...Object.entries({ headlessgl, webgl, webgl2, webgpu }).map(([name, finding]): [string, string] => [
      name,
      found(finding),
    ]),
  ];
  return rows.map(([name, value]) => `${name.padEnd(14)} ${value}\n`).join('');
}
