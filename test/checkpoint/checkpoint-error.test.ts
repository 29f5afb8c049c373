import { describe, expect, it } from 'vitest';
import { CheckpointError, quote } from '../../src/checkpoint/checkpoint-error.ts';

describe('CheckpointError', () => {
  it('names the file before the problem', () => {
    const error = new CheckpointError({ file: 'a.bin' }, 'expected 1, got 2');
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('CheckpointError');
    expect(error.message).toBe('a.bin: expected 1, got 2');
    expect(error.file).toBe('a.bin');
    expect(error.tensor).toBeUndefined();
    expect('cause' in error).toBe(false);
  });

  it('names the tensor, quoted, between file and problem, and keeps the cause', () => {
    const cause = new Error('why');
    const error = new CheckpointError({ file: 'a.bin', tensor: 'x"y', cause }, 'is odd');
    expect(error.message).toBe('a.bin: tensor "x\\"y": is odd');
    expect(error.tensor).toBe('x"y');
    expect(error.cause).toBe(cause);
  });
});

describe('quote', () => {
  it('shows text of up to 80 characters whole and cuts longer text', () => {
    expect(quote('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`);
    expect(quote('x'.repeat(81))).toBe(`"${'x'.repeat(80)}…"`);
    expect(quote('')).toBe('""');
  });

  it('lets no control character through to a terminal', () => {
    expect(quote('\u001b[2J\u007f\u009b\u00a0~')).toBe('"\\u001b[2J\\u007f\\u009b\u00a0~"');
  });
});
