import { describe, expect, it } from '@jest/globals';
import { suitesToTryAgain } from './failed-suites.ts';

const results = (...statuses: readonly string[]) =>
  JSON.stringify({ testResults: statuses.map((status, at) => ({ name: `/suite-${at}.test.ts`, status })) });

describe('the suites of a test run that are tried a second time', () => {
  it('are those that failed', () => {
    expect(suitesToTryAgain(results('passed', 'failed', 'passed'))).toEqual(['/suite-1.test.ts']);
  });

  it('are none when all passed, or when too many failed to be an accident', () => {
    expect(suitesToTryAgain(results('passed'))).toEqual([]);
    expect(suitesToTryAgain(results('failed', 'failed', 'failed', 'failed'))).toEqual([]);
  });
});
