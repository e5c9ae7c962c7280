import { afterEach, describe, expect, it } from '@jest/globals';
import { createLog } from '../log/log.ts';
import { until } from '../testing/until.ts';
import { type Sweeper, startSweeper } from './sweeper.ts';

const log = createLog({ service: 'test', level: 'silent' });
const open: Sweeper[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((sweeper) => sweeper.close()));
});

function start(sweep: (batchSize: number) => Promise<number>, everyMs = 5): Sweeper {
  const sweeper = startSweeper({ log }, { name: 'crumbs', everyMs, batchSize: 10, sweep });
  open.push(sweeper);
  return sweeper;
}

describe('a sweeper', () => {
  it('sweeps batch after batch until one is not full', async () => {
    const batches = [10, 10, 3];
    const swept: number[] = [];
    const sweeper = start(async (batchSize) => {
      swept.push(batchSize);
      return batches.shift() ?? 0;
    }, 60_000);

    await sweeper.sweepNow();

    expect(swept).toEqual([10, 10, 10]);
    expect(batches).toEqual([]);
  });

  it('goes on after a sweep that failed', async () => {
    let sweeps = 0;
    start(async () => {
      sweeps += 1;
      if (sweeps === 1) throw new Error('the database is away');
      return 0;
    });

    await until(() => sweeps > 1);
  });

  it('never sweeps twice at once, and waits on close for the batch in hand', async () => {
    const finish = Promise.withResolvers<void>();
    let begun = 0;
    let ended = 0;
    const sweeper = start(async () => {
      begun += 1;
      await finish.promise;
      ended += 1;
      return 0;
    });
    await until(() => begun === 1);

    const joined = sweeper.sweepNow();
    const closed = sweeper.close();
    finish.resolve();
    await Promise.all([joined, closed]);

    expect([begun, ended]).toEqual([1, 1]);
  });
});
