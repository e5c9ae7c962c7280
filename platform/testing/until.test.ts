import { describe, expect, it } from '@jest/globals';
import { until } from './until.ts';

describe('until', () => {
  it('returns the first truthy answer', async () => {
    const answers = [0, '', null, 'there', 'later'];

    expect(await until(() => answers.shift())).toBe('there');
  });

  it('takes a check that throws for one that is not true yet', async () => {
    let tries = 0;
    const answer = await until(() => {
      tries += 1;
      if (tries < 3) throw new Error('not yet');
      return tries;
    });

    expect(answer).toBe(3);
  });

  it('gives up after its time with the last fault as the cause', async () => {
    const waiting = until(
      () => {
        throw new Error('never');
      },
      { timeoutMs: 50 },
    );

    await expect(waiting).rejects.toMatchObject({
      message: expect.stringContaining('not within 50 ms'),
      cause: expect.objectContaining({ message: 'never' }),
    });
  });
});
