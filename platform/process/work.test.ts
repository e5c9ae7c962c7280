import { describe, expect, it } from '@jest/globals';
import { Work } from './work.ts';

const reason = new Error('they have left');

describe('a piece of work', () => {
  it('tells who listens that nobody waits any more, once, and not who took it back', () => {
    const work = new Work();
    const heard: unknown[] = [];
    work.onAbandoned((why) => heard.push(why));
    work.onAbandoned((why) => heard.push(why))();

    work.abandon(reason);
    work.abandon(new Error('again'));

    expect([heard, work.reason]).toEqual([[reason], reason]);
  });

  it('has a signal, made before or after it was abandoned', () => {
    const [early, late] = [new Work(), new Work()];
    const { signal } = early;
    expect(signal.aborted).toBe(false);

    early.abandon(reason);
    late.abandon(reason);

    expect([signal.reason, early.signal, late.signal.aborted, late.signal.reason]).toEqual([
      reason,
      signal,
      true,
      reason,
    ]);
  });
});
