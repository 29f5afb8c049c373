import { afterEach, beforeEach, expect, test } from 'vitest';
import { pullConfig, pullModel } from '../../src/hub/index.node.ts';
import { FakeHub } from './fake-hub.ts';
import { commitB, emptyFolder, file, impatient, model, usualModel } from './fake-models.ts';

let hub: FakeHub;
let cache: string;
let remove: () => Promise<void>;

beforeEach(async () => {
  hub = await FakeHub.start();
  ({ path: cache, remove } = await emptyFolder());
});
afterEach(async () => {
  await hub.stop();
  await remove();
});

const offline = () => ({ ...impatient(hub, cache), settings: { ...impatient(hub, cache).settings, offline: true } });

test('a newer config does not take a complete model of an older commit from those who are offline', async () => {
  hub.models.set('org/m', usualModel(1000));
  const whole = await pullModel('org/m', impatient(hub, cache));
  const config = '{"model_type": "mamba", "newer": true}';
  hub.models.set('org/m', model({ 'config.json': file(config), 'model.safetensors': file('x') }, commitB));
  expect(await pullConfig('org/m', impatient(hub, cache))).toEqual({ id: 'org/m', text: config });
  expect((await pullModel('org/m', offline())).commit).toBe(whole.commit);
});

test('a hub that is gone is no end where the cache has the config, and says so where it has not', async () => {
  hub.models.set('org/m', usualModel(1000));
  const first = await pullConfig('org/m', impatient(hub, cache));
  const options = impatient(hub, cache);
  await hub.stop();
  const reasons: Error[] = [];
  const again = await pullConfig('org/m', { ...options, onStale: (reason) => reasons.push(reason) });
  expect([again, reasons.length]).toEqual([first, 1]);
  await expect(pullConfig('org/other', options)).rejects.toThrow(/^[^\n]+$/);
  hub = await FakeHub.start();
});

test('a pull after it loads the rest', async () => {
  hub.models.set('org/m', usualModel(1000));
  await pullConfig('org/m', impatient(hub, cache));
  expect((await pullModel('org/m', impatient(hub, cache))).files.map(({ name }) => name)).toContain(
    'model.safetensors',
  );
});
