import { describe, expect, it } from '@jest/globals';
import { chooseHash } from './choose-hash.ts';

describe('chooseHash', () => {
  it('takes the SDL that most instances have', () => {
    expect(chooseHash(instances('old', 'old', 'new'), ['old', 'new'])).toBe('old');
  });

  it('takes the one that was seen last when there are as many of each', () => {
    expect(chooseHash(instances('new', 'old'), ['old', 'new'])).toBe('new');
  });

  it('takes none of instances that announce none', () => {
    expect(chooseHash([{ id: '1', name: 'a', address: 'h', port: 1, meta: {}, tags: [] }], [])).toBeUndefined();
  });
});

function instances(...hashes: string[]) {
  return hashes.map((sdlHash, index) => ({
    id: String(index),
    name: 'a',
    address: 'h',
    port: index,
    meta: { sdlHash },
    tags: [],
  }));
}
