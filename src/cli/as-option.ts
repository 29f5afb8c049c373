/**
 * `--as blog`: do it as the blog did.
 */
import { Option } from 'commander';
import { UsageError } from './exit.ts';

export function asBlogOption(description: string): Option {
  return new Option('--as <whom>', description).argParser((whom): 'blog' => {
    if (whom === 'blog') return whom;
    throw new UsageError(`--as expected blog, got ${JSON.stringify(whom)}`);
  });
}
