import { defineConfig } from 'vitest/config';
import { AvailabilityReporter } from './test/availability.ts';

/** Where the gate wants the results, to count them. */
const report = process.env.TEST_REPORT;
const json: ['json', object] = ['json', { outputFile: report }];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', new AvailabilityReporter(), ...(report === undefined ? [] : [json])],
    setupFiles: ['test/setup.ts'],
    globalSetup: ['test/build-wasm.ts'],
    testTimeout: 120_000,
    maxWorkers: 2,
  },
});
