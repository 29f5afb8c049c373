import { describe, expect, it } from 'vitest';
import { pointEnd } from '../../src/cli/point-end.ts';

const killed = { code: null, killed: 'SIGKILL', stdout: '', stderr: '', roomBytes: 1e9 } as const;

describe('a killed point', () => {
  it('is out of memory only where it held nearly all of its room', () => {
    const statuses = [null, 0, 799e6, 800e6, 1e9].map((lastBytes) => pointEnd({ ...killed, lastBytes }).status);
    expect(statuses).toEqual(['failed', 'failed', 'failed', 'out of memory', 'out of memory']);
  });

  it('says by what, with the last line that it wrote', () => {
    expect(pointEnd({ ...killed, lastBytes: 0, stderr: 'one\ntwo\n' })).toEqual({
      ...{ status: 'failed', reason: 'killed by SIGKILL: two' },
    });
  });
});

describe('a point that has ended by itself', () => {
  const ended = { ...killed, killed: null, lastBytes: null };
  it('has failed with its exit code, or where it wrote no result', () => {
    expect(pointEnd({ ...ended, code: 3 })).toEqual({ status: 'failed', reason: 'exit 3' });
    expect(pointEnd({ ...ended, code: 0, stdout: 'x' })).toMatchObject({ status: 'failed' });
  });

  it('is out of memory when its heap was', () => {
    expect(pointEnd({ ...ended, code: 134, stderr: 'JavaScript heap out of memory' }).status).toBe('out of memory');
  });
});
