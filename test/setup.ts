// Every property test runs FC_RUNS times (100 by default, 1,000 in CI) and can be replayed with FC_SEED and FC_PATH.
import fc from 'fast-check';

const { FC_RUNS, FC_SEED, FC_PATH, CI } = process.env;

fc.configureGlobal({
  numRuns: FC_RUNS ? Number(FC_RUNS) : CI ? 1000 : 100,
  ...(FC_SEED ? { seed: Number(FC_SEED) } : {}),
  ...(FC_PATH ? { path: FC_PATH } : {}),
});
