import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseFiles, probedNames, shardNames } from '../../src/hub/choose-files.ts';

const names = fc.subarray([
  ...probedNames,
  'README.md',
  'model.gguf',
  'model-00001-of-00002.safetensors',
  'flax_model.msgpack',
]);

describe('chooseFiles', () => {
  it('takes one form of weights, safetensors before .bin, one file before shards; and what else is known and there', () => {
    fc.assert(
      fc.property(names, (list) => {
        const has = new Set(list);
        const order = [
          'model.safetensors',
          'model.safetensors.index.json',
          'pytorch_model.bin',
          'pytorch_model.bin.index.json',
        ];
        const best = order.find((name) => has.has(name));
        if (best === undefined || !has.has('config.json')) {
          expect(() => chooseFiles(has, 'a/b')).toThrow(/^a\/b: expected .*, got n/);
          return;
        }
        const { companions, weights, sharded } = chooseFiles(has, 'a/b');
        expect(weights).toBe(best);
        expect(sharded).toBe(best.endsWith('.index.json'));
        expect(companions.toSorted()).toEqual(
          list.filter((name) => /^(config|generation_config|tokenizer|tokenizer_config)\.json$/.test(name)).toSorted(),
        );
      }),
    );
  });
});

const index = 'model.safetensors.index.json';

describe('shardNames', () => {
  it('names each shard once, in the order of the index, whatever the tensors are called', () => {
    const text =
      '{"metadata": {}, "weight_map": {"__proto__": "a.safetensors", "y": "b.safetensors", "z": "a.safetensors"}}';
    expect(shardNames(text, index)).toEqual(['a.safetensors', 'b.safetensors']);
  });

  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"weight_map": {}}',
    '{"weight_map": ["a.safetensors"]}',
    '{"weight_map": {"x": 1}}',
    '{"weight_map": null}',
  ])('refuses %j, which is no index', (text) =>
    expect(() => shardNames(text, index)).toThrow(`${index}: expected a weight_map`),
  );

  it.each([
    ...['../a.safetensors', '/a.safetensors', 'C:\\a.safetensors', 'a\\b.safetensors', 'a\u0000.safetensors'],
    ...['config.json', 'a.bin', ''],
  ])('refuses the shard %j', (shard) => {
    const text = JSON.stringify({ weight_map: { x: 'good.safetensors', y: shard } });
    expect(() => shardNames(text, index)).toThrow(expect.objectContaining({ code: 'name' }));
  });
});
