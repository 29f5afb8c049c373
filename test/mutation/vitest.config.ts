// The tests that Stryker runs against each mutant: those of the mutated files, with few runs a law.
import { defineConfig } from 'vitest/config';

process.env.FC_RUNS = '30';

export default defineConfig({
  test: {
    include: [
      'test/reference/{discretize*,hippo,lti*,algorithms,monoid,scans,linear-recurrence,theorem-1}.test.ts',
      'test/reference/{golden-scan,selective-scan,selective-scan-parallel}.test.ts',
      'test/checkpoint/{safetensors,tensor-info,read-tensor}.test.ts',
    ],
    setupFiles: ['test/setup.ts'],
    testTimeout: 120_000,
  },
});
