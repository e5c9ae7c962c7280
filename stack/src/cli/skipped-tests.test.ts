import { describe, expect, it } from '@jest/globals';
import { skippedTests } from './skipped-tests.ts';

const results = (...tests: readonly { fullName: string; status: string }[]) =>
  JSON.stringify({ testResults: [{ assertionResults: tests }] });

describe('what a test run says at its end', () => {
  it('names each skipped test with the reason in its title', () => {
    const lines = skippedTests(
      results(
        { fullName: 'checks the compose file (needs docker-compose)', status: 'pending' },
        { fullName: 'adds', status: 'passed' },
      ),
    );

    expect(lines).toEqual(['skipped: 1', '  checks the compose file (needs docker-compose): needs docker-compose']);
  });

  it('says so when nothing was skipped', () => {
    expect(skippedTests(results({ fullName: 'adds', status: 'passed' }))).toEqual(['nothing was skipped']);
  });
});
