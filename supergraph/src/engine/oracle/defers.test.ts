import { describe, expect, it } from '@jest/globals';
import { describeFailure } from './describe-failure.ts';
import { fuzz } from './fuzz.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const cases = Number(process.env['FUZZ_CASES'] ?? 500);

describe(`the parts of answers (FUZZ_SEED=${seed} FUZZ_CASES=${cases})`, () => {
  it('are together what graphql-js answers on one schema, and keep to their protocol in faults', async () => {
    const { failure, ...summary } = await fuzz({ seed, cases, inParts: true });

    expect(failure === null ? 'no wrong answer' : describeFailure(failure)).toBe('no wrong answer');
    expect(summary.cases).toBeGreaterThanOrEqual(cases);
  }, 240_000);
});
