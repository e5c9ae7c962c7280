import { describe, expect, it } from '@jest/globals';
import { admit, type BreakerState, closedBreaker, failed, succeeded } from './breaker.ts';

const limits = { threshold: 3, openMs: 5_000 };

function failTimes(times: number, nowMs: number): BreakerState {
  return Array.from({ length: times }).reduce<BreakerState>((state) => failed(state, nowMs, limits), closedBreaker);
}

describe('a circuit breaker', () => {
  it('lets calls through until so many in a row have failed', () => {
    expect(admit(failTimes(2, 0), 0, limits).isAdmitted).toBe(true);
    expect(admit(failTimes(3, 0), 0, limits).isAdmitted).toBe(false);
  });

  it('starts to count anew after a success', () => {
    const state = failed(succeeded(), 0, limits);

    expect(state).toEqual({ phase: 'closed', failures: 1 });
  });

  it('lets one call through when its time is up, and only one', () => {
    const open = failTimes(3, 0);

    const first = admit(open, 5_000, limits);
    const second = admit(first.state, 5_001, limits);

    expect(admit(open, 4_999, limits).isAdmitted).toBe(false);
    expect([first.isAdmitted, second.isAdmitted]).toEqual([true, false]);
  });

  it('opens again when the trial fails, and closes when it works', () => {
    const trial = admit(failTimes(3, 0), 5_000, limits).state;

    expect(failed(trial, 5_100, limits)).toEqual({ phase: 'open', untilMs: 10_100 });
    expect(succeeded()).toEqual(closedBreaker);
  });

  it('gives up a trial that never reports back', () => {
    const trial = admit(failTimes(3, 0), 5_000, limits).state;

    expect(admit(trial, 10_000, limits).isAdmitted).toBe(true);
  });

  it('is not kept open for longer by calls that were under way', () => {
    const open = failTimes(3, 0);

    expect(failed(open, 4_000, limits)).toBe(open);
  });
});
