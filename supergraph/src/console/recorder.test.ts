import { describe, expect, it } from '@jest/globals';
import { createRecorder } from './recorder.ts';

const ended = (ms: number, outcome = 'ok', errorCodes: readonly string[] = []) => ({
  operationName: null,
  operationType: 'query',
  ms,
  outcome,
  errorCodes,
});

describe('the recorder', () => {
  it('tells of each second that is over, and of two minutes', () => {
    const clock = { ms: 1_000_000 };
    const recorder = createRecorder({ now: () => clock.ms });

    for (const ms of [10, 20, 30]) recorder.operation(ended(ms));
    recorder.operation(ended(1_000, 'errors', ['NOT_FOUND']));
    const during = recorder.history().at(-1);
    clock.ms += 1_000;
    const after = recorder.history();

    expect(during).toMatchObject({ operations: 0 });
    expect(after).toHaveLength(120);
    expect(after.at(-1)).toEqual({ at: 1_000, operations: 4, errors: 1, p50: 30, p95: 1_000 });
    expect(after.at(-2)).toMatchObject({ operations: 0, p95: null });
  });

  it('forgets what is older than two minutes, and counts codes of one', () => {
    const clock = { ms: 0 };
    const recorder = createRecorder({ now: () => clock.ms });
    recorder.operation(ended(5, 'refused', ['RATE_LIMITED']));

    clock.ms = 30_000;
    const soon = recorder.countOf('RATE_LIMITED');
    clock.ms = 500_000;
    recorder.operation(ended(5));

    expect(soon).toBe(1);
    expect(recorder.countOf('RATE_LIMITED')).toBe(0);
    expect(recorder.history().reduce((sum, { operations }) => sum + operations, 0)).toBe(0);
  });

  it('tells what was asked of each subgraph in ten seconds', () => {
    const recorder = createRecorder({ now: () => 5_000 });

    recorder.fetch({ subgraph: 'users', ms: 4, isOk: true });
    recorder.fetch({ subgraph: 'users', ms: 8, isOk: false });

    expect([...recorder.subgraphs()]).toEqual([['users', { perSecond: 0.2, failed: 1, p95: 8 }]]);
  });
});
