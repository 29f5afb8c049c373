/**
 * What REQUIRE asks of the GPU backends: every operation of the suite but the gradients, on each of the four.
 */
import { expect, test } from 'vitest';
import { availabilityTable, missingOf } from '../availability.ts';

const notes = [
  { backend: 'wasm simd', operation: 'selectiveScanBackward', cases: 9 },
  { backend: 'wasm simd', operation: 'linear', cases: 9 },
  { backend: 'webgl', operation: 'linear', cases: 9, device: 'SwiftShader (software), WebGLKernel' },
  { backend: 'webgl', operation: 'scanChunked', cases: 9, device: 'SwiftShader (software), WebGLKernel' },
  { backend: 'webgpu', operation: 'linear', cases: 0, absent: 'no adapter' },
];

test('an operation that a backend does not have is a dash and owed by nobody, any other one is', () => {
  expect(missingOf('wasm simd', notes)).toEqual([]);
  expect(missingOf('webgl', notes)).toEqual([]);
  expect(missingOf('webgpu', notes)).toEqual(['webgpu: linear', 'webgpu: scanChunked']);
});

test('the table says what each backend ran on, once', () => {
  expect(availabilityTable(notes).split('\n').slice(4)).toEqual([
    '  webgl: SwiftShader (software), WebGLKernel',
    '– webgpu: no adapter',
  ]);
});
