import { describe, expect, it } from '@jest/globals';
import { Writable } from 'node:stream';
import { createLog } from '../log/log.ts';
import { openScope } from './scope.ts';

function aScope(closeTimeoutMs = 1000) {
  const lines: { msg: string; name?: string }[] = [];
  const destination = new Writable({
    write: (line, _encoding, done) => done(void lines.push(JSON.parse(String(line)))),
  });
  const scope = openScope('test', createLog({ service: 'test', level: 'info', destination }), { closeTimeoutMs });
  return { scope, lines };
}

describe('a scope', () => {
  it('closes in reverse order, one after the other, after it has given the signal', async () => {
    const { scope } = aScope();
    const order: string[] = [];
    scope.signal.addEventListener('abort', () => order.push('signal'));
    scope.defer('first', () => void order.push('first'));
    scope.defer('second', async () => {
      await Promise.resolve();
      order.push('second');
    });

    await scope.close();

    expect(order).toEqual(['signal', 'second', 'first']);
  });

  it('goes on when one thing fails to close or hangs, and logs both', async () => {
    const { scope, lines } = aScope(20);
    const closed: string[] = [];
    scope.defer('last', () => void closed.push('last'));
    scope.defer('hangs', () => new Promise(() => undefined));
    scope.defer('throws', () => {
      throw new Error('broken');
    });

    await scope.close();

    expect(closed).toEqual(['last']);
    expect(lines).toEqual([
      expect.objectContaining({ msg: 'did not close properly', name: 'throws' }),
      expect.objectContaining({ msg: 'did not close properly', name: 'hangs' }),
    ]);
  });

  it('closes once, however often it is asked', async () => {
    const { scope } = aScope();
    let times = 0;
    scope.defer('thing', () => void (times += 1));

    await Promise.all([scope.close(), scope.close()]);

    expect(times).toBe(1);
  });

  it('closes what was opened too late', async () => {
    const { scope } = aScope();
    const closed = Promise.withResolvers<string>();
    await scope.close();

    scope.defer('late', () => closed.resolve('late'));

    expect(await closed.promise).toBe('late');
  });
});
